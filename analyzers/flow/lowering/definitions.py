"""Functions, lambdas and classes; bodies of functions are lowered when the scope around them is complete."""

from analyzers.facts import FunctionFacts, Parameter
from analyzers.flow.lowering.body import ENDED, Body, Extent, FileBodies, Signature
from analyzers.flow.lowering.naming import named_expression
from analyzers.flow.lowering.preparing import applied
from analyzers.syntax import (
    Class,
    Function,
    Lambda,
)
from analyzers.syntax import Parameter as ParameterNode


def lower_function(
    file: FileBodies, index: int, node: Function | Lambda, parent: "Body", signature: Signature
) -> FunctionFacts:
    """Return the facts of a function whose surroundings are complete."""
    name = node.name if isinstance(node, Function) else "<lambda>"
    kind = "lambda" if isinstance(node, Lambda) else "method" if parent.kind == "class" else "function"
    body = Body(file, index, kind, name, parent)
    for parameter in signature.parameters:
        body.bind(parameter.name, body.value("param", parameter.name, (), Extent(node.start, node.start)))
    if isinstance(node, Lambda):
        body.emit("return", body.expression(node.body), node.body)
        body.at = ENDED
        return body.finish(node, node.start, node.start, "", signature)
    body.block(node.body)
    return body.finish(node, node.head_end, node.name_start, node.docstring, signature)


def _parameters(body: Body, nodes: list[ParameterNode]) -> tuple[Parameter, ...]:
    return tuple(
        [
            Parameter(
                node.name,
                node.kind,
                body.optional(node.annotation),
                -1 if node.default is None else named_expression(body, node.name, node.default),
            )
            for node in nodes
        ]
    )


def defer(body: Body, node: Function | Lambda, decorators: tuple[int, ...], returns: int = -1) -> int:
    """Reserve a place for a function; its body is lowered when the scope around it is complete."""
    signature = Signature(
        _parameters(body, node.parameters),
        decorators,
        (),
        isinstance(node, Function) and node.is_async,
    )
    signature.returns = returns
    index = body.file.reserve()
    body.file.waiting.append((index, node, body, signature))
    return index


def lower_definition(body: Body, node: Function) -> None:
    """Bind a function."""
    returns = body.optional(node.returns)
    decorators = tuple([applied(body, body.expression(decorator.value)) for decorator in node.decorators])
    index = defer(body, node, decorators, returns)
    body.bind(node.name, body.value("function", str(index), (), Extent(node.name_start, node.head_end)))


def lower_class(body: Body, node: Class) -> None:
    """Bind a class, its body lowered at once."""
    decorators = tuple([body.expression(decorator.value) for decorator in node.decorators])
    bases = tuple([(base.name, body.expression(base.value)) for base in node.bases])
    index = body.file.reserve()
    inner = Body(body.file, index, "class", node.name, body)
    inner.block(node.body)
    body.file.slots[index] = inner.finish(
        node, node.start, node.name_start, node.docstring, Signature((), decorators, bases)
    )
    body.bind(node.name, body.value("class", str(index), (), Extent(node.name_start, node.start)))
