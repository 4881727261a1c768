"""The reader of Python: tree-sitter's tree lowered to the language-neutral syntax."""

from analyzers.languages.python.reader import read, skim

__all__ = ["read", "skim"]
