"""The versions that results depend on."""

# Raised whenever facts of the same bytes change: it is part of the key under which they are kept.
READER_VERSION = "39"
# Raised with any change of what is reported.
ENGINE_VERSION = f"2.{READER_VERSION}"
