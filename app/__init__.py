"""The app: webhooks in, reviews out, and the same analysis on the command line."""

__version__ = "0.1.0"
