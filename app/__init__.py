"""The app: webhooks in, reviews out, and the same analysis on the command line."""
