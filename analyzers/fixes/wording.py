"""Says of an error only its type, where an expression holds its text."""

from collections.abc import Collection

import libcst as cst

TEXTS = frozenset({"str", "repr", "format"})
TRACEBACKS = frozenset({"format_exc", "format_exception", "format_exception_only"})
UNKNOWN = '"internal error"'


def worded(source: str, names: Collection[str]) -> str | None:
    """Return an expression with the type of some errors in the place of their texts; None where it has none."""
    try:
        expression = cst.parse_expression(f"({source})")
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    wording = _Wording(names)
    changed = expression.visit(wording)
    if not wording.found or not isinstance(changed, cst.BaseExpression):
        return None
    newline = "\r\n" if "\r\n" in source else "\n"
    code = cst.Module((), default_newline=newline).code_for_node(changed)
    return code[1:-1] if changed.lpar else code


class _Wording(cst.CSTTransformer):
    """Replaces `str(error)`, `{error}`, `error.args[0]` and `traceback.format_exc()`."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.found = False
        self._names = names

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        """Return what stands in the place of a node."""
        if isinstance(original_node, cst.FormattedStringExpression):
            named = self._type_of(original_node.expression) if original_node.equal is None else None
            return updated_node if named is None else updated_node.with_changes(expression=named, conversion=None)
        if isinstance(original_node, cst.Call):
            return self._text(original_node) or updated_node
        if isinstance(original_node, cst.Subscript) and isinstance(original_node.value, cst.Attribute):
            inner = original_node.value
            return (self._type_of(inner.value) if inner.attr.value == "args" else None) or updated_node
        return updated_node

    def _text(self, call: cst.Call) -> cst.BaseExpression | None:
        called = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        name = called.value if isinstance(called, cst.Name) else ""
        if name in TRACEBACKS:
            self.found = True
            return cst.parse_expression(UNKNOWN)
        return self._type_of(call.args[0].value) if called is call.func and name in TEXTS and call.args else None

    def _type_of(self, error: cst.BaseExpression) -> cst.BaseExpression | None:
        """Return the name of an error's type, None for what is no error."""
        if not isinstance(error, cst.Name) or error.value not in self._names:
            return None
        self.found = True
        return cst.Attribute(cst.Call(cst.Name("type"), [cst.Arg(error.deep_clone())]), cst.Name("__name__"))
