"""The road network and the times on it."""
