"""A tool reaches no further than it must."""
