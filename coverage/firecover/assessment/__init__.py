"""Overlay response times with what is to be protected, and check the standards."""
