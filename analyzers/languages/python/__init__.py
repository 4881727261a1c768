"""The reader of Python: tree-sitter's tree lowered to the language-neutral syntax."""

from analyzers.languages.python.reader import read

__all__ = ["read"]
