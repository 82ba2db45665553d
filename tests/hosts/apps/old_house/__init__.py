"""An older shop, before and after it adopts flask_acct."""
