"""Mappings of known keys, each with its shape and its meaning."""

import msgspec
from yaml.nodes import Node

from analyzers.policy.document import error_at
from analyzers.policy.shapes import Plain, Schema, Shape, pairs
from analyzers.spelling import nearest, quoted


class Key(msgspec.Struct, frozen=True):
    """One key: its shape, what it means, and whether it must be there."""

    name: str
    shape: Shape
    meaning: str
    required: bool = False


class Section:
    """A mapping of known keys."""

    def __init__(self, what: str, keys: tuple[Key, ...]) -> None:
        self.what = what
        self.keys = {key.name: key for key in keys}

    def read(self, node: Node) -> dict[str, Plain]:
        """Return the values of the keys that are there; raise PolicyError for an unknown or a missing one."""
        values: dict[str, Plain] = {}
        for key_node, name, value in pairs(node, self.what):
            if name not in self.keys:
                raise error_at(key_node, f"unknown key {quoted(name)}{nearest(name, self.keys)}")
            values[name] = self.keys[name].shape.read(value)
        missing = [key.name for key in self.keys.values() if key.required and key.name not in values]
        if missing:
            raise error_at(node, f"{self.what} needs {' and '.join(missing)}")
        return values

    def schema(self) -> Schema:
        """Describe every key."""
        properties = {key.name: {**key.shape.schema(), "description": key.meaning} for key in self.keys.values()}
        required = [key.name for key in self.keys.values() if key.required]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
