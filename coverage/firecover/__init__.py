"""Plan fire-station coverage: who is reached in time, and where the next station should go."""
