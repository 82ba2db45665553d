"""What operators' programs ask a running site: whether it lives, whether it is ready, and its figures."""
