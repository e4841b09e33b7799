"""Compare candidate sites."""
