"""The authority of every entry point: who may call it, what it can do, as whom, and what is recorded."""
