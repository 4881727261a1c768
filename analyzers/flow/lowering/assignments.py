"""What binds names and changes attributes, items and globals."""

from analyzers.flow.lowering.body import Body
from analyzers.flow.lowering.keeping import keep_under_names, kept
from analyzers.flow.lowering.naming import named_expression, target_name, unpacked_secrets
from analyzers.syntax import (
    Assign,
    Attribute,
    Delete,
    Expression,
    Import,
    Name,
    Scope,
    Sequence,
    Spread,
    Subscript,
)


def lower_import(body: Body, node: Import) -> None:
    """Bind what one import names."""
    bound = node.alias or node.name or node.module.split(".")[0]
    module = node.module if node.name or node.alias else bound
    name = bound if node.name != "*" else f"*{node.module}"
    body.bind(name, body.value("import", f"{module}|{node.name}", (), node))
    if not node.name and not node.alias and "." in node.module:
        body.names.setdefault(f"import {node.module}", []).append(body.environment[name])


def lower_assign(body: Body, node: Assign) -> None:
    """Bind the targets of an assignment; annotations are kept under `: name`."""
    if node.annotation is not None:
        annotation = body.expression(node.annotation)
        if isinstance(node.targets[0], Name):
            body.names.setdefault(f": {node.targets[0].id}", []).append(annotation)
        elif isinstance(node.targets[0], Attribute):
            body.names.setdefault(f": .{node.targets[0].name}", []).append(annotation)
    if node.value is None:
        return
    first = node.targets[0]
    is_kept = isinstance(first, Attribute)
    value = (kept if is_kept else named_expression)(body, target_name(first), node.value)
    if isinstance(first, Sequence) and isinstance(node.value, Sequence):
        unpacked_secrets(body, first, node.value, value)
    for target in node.targets:
        if isinstance(target, Name) and body.values[value].op == "bool":
            body.emit("flag", value, node, target.id)
        if node.operator:
            current = body.expression(target)
            value = body.value("binary", node.operator, (current, value), node)
        assign_target(body, target, value)
    keep_under_names(body, node)


def assign_target(body: Body, target: Expression, value: int) -> None:
    """Bind a target of any form to a value."""
    if isinstance(target, Name):
        body.bind(target.id, value)
    elif isinstance(target, Attribute):
        owner = body.expression(target.value)
        body.emit("store", value, target, target.name, owner)
    elif isinstance(target, Subscript):
        owner = body.expression(target.value)
        index = body.expression(target.index)
        place = body.value("index", "", (owner, index), target)
        body.emit("store", value, target, "[]", place)
    elif isinstance(target, Sequence):
        _unpack(body, target, value)
    elif isinstance(target, Spread):
        assign_target(body, target.value, value)


def _unpack(body: Body, target: Sequence, value: int) -> None:
    source = body.values[value]
    literal = source.op in ("tuple", "list") and len(source.args) == len(target.items)
    for position, item in enumerate(target.items):
        part = (
            source.args[position]
            if literal and not isinstance(item, Spread)
            else body.value("item", str(position), (value,), item)
        )
        assign_target(body, item, part)


def lower_delete(body: Body, node: Delete) -> None:
    """Unbind names."""
    for target in node.targets:
        if isinstance(target, Name):
            body.environment.pop(target.id, None)
        else:
            body.expression(target)


def lower_scope(body: Body, node: Scope) -> None:
    """Note names that belong to the module."""
    body.globals.update(node.names)
