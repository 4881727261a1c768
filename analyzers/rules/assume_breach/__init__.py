"""Every call leaves a record."""
