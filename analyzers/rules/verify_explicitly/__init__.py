"""Every tool call is authorized on its own."""
