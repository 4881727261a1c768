"""Calls that validate what they are given, and do nothing else: models of pydantic."""

from analyzers.flow.records import MODELS
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

VALIDATING = frozenset({"model_validate", "model_validate_json", "parse_obj", "parse_raw"})


def validates(flow: Flow, function: Function, call: int) -> bool:
    """Tell whether a call makes a model of what it is given: its errors are about that."""
    values = function.facts.values
    made = values[call].args[0]
    if values[made].op == "attr" and values[made].text in VALIDATING:
        made = values[made].args[0]
    targets = flow.resolver.resolve(function, made)
    return bool(targets) and all(
        target.kind == "class" and target.function is not None and _is_plain(flow, target.function)
        for target in targets
    )


def _is_plain(flow: Flow, cls: Function) -> bool:
    """Tell whether a class is a model none of whose methods does anything but look at what it is given."""
    classes, externals = flow.resolver.linearize(cls)
    return not MODELS.isdisjoint(externals) and not any(
        flow.summary(method).effects
        for owner in classes
        for method in owner.file.functions
        if method.facts.parent == owner.index
    )
