"""Where a server believes what a caller says about who is calling."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from analyzers.authority.passage import passed_functions
from analyzers.authority.row_texts import owned_by_caller
from analyzers.authority.rows import Row
from analyzers.authority.standing import decided_by_parameter
from analyzers.authority.supports import refusals
from analyzers.facts import Event
from analyzers.flow.effects import Effect
from analyzers.flow.labels import MARK, Labels, is_identity, whole
from analyzers.flow.operands import PATH
from analyzers.flow.summaries import Flow
from analyzers.frameworks import identity
from analyzers.frameworks.files import PATHS
from analyzers.project.program import Function

OPEN = ("none", "mode_gate", "uniform")
# A session's id is made by the server: it decides nothing, and as a key it is a handle, a question of its own.
HANDLES = ("held:", "caller:session_id")
# What a caller says of itself, and by which header.
TOLD = ("caller:", "header:", "held:caller:", "held:header:")
# The program that calls, which is the same for all of its users.
PROGRAM = ("caller:client_info", "caller:clientInfo", "caller:client_params")


# What tools are about whose user is whom they put there: `create_assignment(user_id)`.
MEMBERSHIPS = frozenset(
    {
        *("assign", "assignment", "assignee", "unassign", "member", "membership", "invite", "invitation"),
        *("reviewer", "attendee", "participant", "watcher", "follower"),
    }
)


class Claimed(NamedTuple):
    """Something that a caller chooses and that stands for who is calling: where it is used, or, as a parameter, named.

    `use` is `decides` (calls are let through by it) or `keys` (data is read or changed by it). `claim` is where the
    verified token says the same, if that is known.
    """

    row: Row
    source: str
    use: str
    function: Function
    start: int
    end: int
    parameter: int = -1
    effect: Effect | None = None
    claim: str = ""


class Claims:
    """Finds what entry points believe; what was found in a function is kept for the others that pass it."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._decisions: dict[str, tuple[str, Event] | None] = {}

    def of(self, row: Row) -> Claimed | None:
        """Return what an entry point believes of its caller without having verified it, None when nothing."""
        if row.entry.handler is None or not row.is_remote or row.authorization.kind not in OPEN:
            return None
        for function in passed_functions(self.flow, row):
            if function.id not in self._decisions:
                self._decisions[function.id] = _decision(self.flow, function)
            decision = self._decisions[function.id]
            if decision is not None:
                source, event = decision
                return Claimed(row, source, "decides", function, event.start, event.end)
        return self._deciding_parameter(row) or _keying_source(self.flow, row) or keying_parameter(row)

    def _deciding_parameter(self, row: Row) -> Claimed | None:
        """Return a parameter that says of the caller what it may, where the tool refuses by it."""
        handler = row.entry.handler
        if handler is None or row.entry.branch is not None:
            return None
        running = list(_running(self.flow, handler))
        found = decided_by_parameter(self.flow, handler, lambda event: _decides(handler, event, running))
        if found is None:
            return None
        index, event = found
        source = f"the parameter `{handler.facts.parameters[index].name}`"
        return Claimed(row, source, "decides", handler, event.start, event.end, index)


def _decision(flow: Flow, function: Function) -> tuple[str, Event] | None:
    """Return the first branch of a function that decides by what a caller says about itself."""
    asked = [
        (source, event)
        for event in function.facts.events
        if event.kind in ("true", "false") and _compares(function, event.value)
        for source in [_source(flow.labeler.labels(function, event.value))]
        if source
    ]
    running = list(_running(flow, function)) if asked else []
    return next(((source, event) for source, event in asked if _decides(function, event, running)), None)


def _source(labels: Labels) -> str:
    """Return what a caller says about itself among labels, in words, "" when a verified identity is there too."""
    if is_identity(labels):
        return ""
    for label in sorted(label for label in labels if label.startswith(TOLD)):
        kind, _, name = label.removeprefix("held:").partition(":")
        if kind == "caller" and name in identity.SELF_DESCRIPTIONS:
            return identity.SELF_DESCRIPTIONS[name]
        if kind == "header" and name in identity.IDENTITY_HEADERS:
            return f"the header `{name}`"
    return ""


def _decides(function: Function, event: Event, running: list[Event]) -> bool:
    """Tell whether a branch refuses, or goes on to what runs, by how it comes out."""
    refused = [
        end for end in refusals(function, event) if end.kind == "raise" or not _is_behind(function, end, running)
    ]
    return bool(refused) and any(before is event for step in running for before in function.chain(step.dominator))


def _running(flow: Flow, function: Function) -> Iterator[Event]:
    """Yield the calls that let a tool run or that have an effect."""
    passed = {handed.event for handed in flow.summary(function).passed}
    for index, step in enumerate(function.facts.events):
        if step.kind != "call":
            continue
        if index in passed or flow.rank_of(function, index) > 0:
            yield step


def _is_behind(function: Function, end: Event, calls: list[Event]) -> bool:
    """Tell whether one of some calls has certainly happened at an end."""
    return any(before is call for before in function.chain(end.dominator) for call in calls)


def _compares(function: Function, value: int) -> bool:
    """Tell whether a condition compares with something, which is more than asking whether there is a value."""
    node = function.facts.values[value]
    if node.op in ("not", "and", "or"):
        return any(_compares(function, part) for part in node.args)
    if node.op != "compare":
        return False
    return not any(function.facts.values[part].op == "none" for part in node.args)


def _keying_source(flow: Flow, row: Row) -> Claimed | None:
    """Return what the caller says about itself that an effect is given, where the effect is not the caller's own."""
    for effect in row.effects:
        labels = frozenset(label for label in effect.arguments if not label.startswith((*HANDLES, *PROGRAM)))
        source = _source(labels)
        file = flow.program.files.get(effect.origin[0])
        if not source or effect.rank == 0 or file is None or owned_by_caller(effect):
            continue
        function = next((item for item in file.functions if item.facts.qualname == effect.place.symbol), None)
        if function is not None:
            return Claimed(row, source, "keys", function, effect.origin[1], effect.origin[2])
    return None


def keying_parameter(
    row: Row, names: Callable[[str], bool] = identity.IDENTITY_PARAMETERS.__contains__
) -> Claimed | None:
    """Return a parameter of a tool that names the caller or the tenant and that reaches an effect."""
    handler = row.entry.handler
    if handler is None or not row.state.authentication or row.entry.branch is not None:
        return None
    for index, parameter in enumerate(handler.facts.parameters):
        if not names(parameter.name) or _is_object(row.name, parameter.name):
            continue
        label = f"{handler.id}{MARK}{index}"
        if _is_filter(handler, index) and not _chooses_account(row, label):
            continue
        keyed = [
            effect
            for effect in row.effects
            if effect.rank > 0
            and not owned_by_caller(effect)
            and any(whole(item)[2:] == label for item in effect.arguments)
        ]
        if keyed:
            # What is done with the data says more than how the program keeps its own files of it.
            gravest = max(keyed, key=lambda effect: (effect.name not in PATHS, effect.rank))
            named = f"the parameter `{parameter.name}`"
            place = (handler, handler.facts.start, handler.facts.head_end)
            return Claimed(row, named, "keys", *place, parameter=index, effect=gravest)
    return None


def _is_filter(handler: Function, index: int) -> bool:
    """Tell whether a parameter only narrows down what is read without it, and nothing else takes its place."""
    default, values = handler.facts.parameters[index].default, handler.facts.values
    optional = default >= 0 and handler.parent is not None and handler.parent.facts.values[default].op == "none"
    return optional and not any(
        index in node.args and (node.op in ("or", "default", "phi", "select")) for node in values if node.args
    )


def _chooses_account(row: Row, label: str) -> bool:
    """Tell whether a parameter says with which credential something is done, or in which file that lies."""
    return any(whole(item)[2:] == label for effect in row.effects for item in (*effect.credentials, *_paths(effect)))


def _paths(effect: Effect) -> Iterator[str]:
    for operand in effect.operands:
        if operand.role == PATH:
            yield from (label for piece in operand.shape for label in piece.labels)


def _is_object(tool: str, parameter: str) -> bool:
    """Tell whether a parameter only names what the tool is about: `get_user(user_id)`, `delete_tenant(tenant)`."""
    noun = parameter.removesuffix("_id").rpartition("_")[2]
    words = [word.removesuffix("s") for word in tool.lower().replace("-", "_").split("_")]
    return noun in words or (noun == "user" and not MEMBERSHIPS.isdisjoint(words))
