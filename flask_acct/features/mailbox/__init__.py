"""The demo's mailbox page, which shows the mails that would have been sent."""
