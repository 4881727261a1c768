"""Measurements of the project, each printed beside a peer's or the machine's own in the same run."""
