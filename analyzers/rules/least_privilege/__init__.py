"""Tokens and grants are narrow and short-lived."""
