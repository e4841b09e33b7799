"""The county's plan: its tables, as data."""
