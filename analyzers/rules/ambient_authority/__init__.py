"""Credentials are bound to the call."""
