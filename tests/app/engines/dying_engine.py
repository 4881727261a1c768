"""The real engine, but its analysis kills the process."""

import os

from analyzers import Change, Policy, Tree, decode_facts, encode_facts, read

__all__ = ["Change", "Policy", "Tree", "analyze", "decode_facts", "encode_facts", "read"]


def analyze(*_trees: object, **_given: object) -> object:
    os.abort()
