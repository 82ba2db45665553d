"""The demo's mailbox page, which shows what would have been sent."""
