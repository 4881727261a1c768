"""Cells about audit records: the places where calls are recorded, and records that are none."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import indent

from tests.analyzers.matrix.cells import Cell
from tests.analyzers.matrix.programs import FRAMEWORKS, HERE, Framework, Parts, Tool

UNRECORDED = "missing-tool-call-audit"
LACKING = "audit-without-tool-or-subject"
UNSEEN = "denied-call-not-recorded"
# Damages after which a record is still made, but says too little.
INCOMPLETE = ("timed", "anonymous")
FAMILY = (UNRECORDED, LACKING, UNSEEN)
Form = Callable[[Framework, str], Parts]


def record(framework: Framework, tool: str, damage: str = "") -> str:
    """Return the statements that record a call of a tool (an expression)."""
    read = "token = get_access_token()\n"
    match damage:
        case "debug":
            return f'log.debug("tool_call", extra={{"tool": {tool}}})\n'
        case "timed":
            return f'log.info("a call took %s", time.monotonic()){HERE}\n'
        case "anonymous":
            return f'log.info("tool_call", extra={{"tool": {tool}}}){HERE}\n'
    return f'{read}log.info("tool_call", extra={{"tool": {tool}, "subject": token.client_id if token else None}})\n'


def cancelling(framework: Framework, before: str = "", below: str = "") -> Tool:
    """Return the tool that cancels an order."""
    effect = f'return {framework.client}.post("https://orders.internal/cancellations", json={{"order": order}}).text\n'
    return Tool("cancel_order", before + effect, below=below)


def files_of(framework: Framework, text: str) -> dict[str, str]:
    """Return the file that records."""
    head = f"import functools\nimport logging\nimport time\n{framework.identity}\nlog = logging.getLogger('audit')\n\n"
    return {"auditing.py": head + text}


def mark_of(damage: str) -> str:
    """Return the mark of the server, which has no record; a record that lacks something is marked itself."""
    return HERE if damage and damage not in INCOMPLETE else ""


def hook(framework: Framework, damage: str) -> Parts:
    """A middleware records every call."""
    text = framework.hook("ToolAudit", record(framework, framework.hook_subject, damage))
    attached = "" if damage == "removed" else "ToolAudit"
    files = files_of(framework, text)
    mark = mark_of(damage)
    return Parts((cancelling(framework),), "from auditing import ToolAudit", attached, files=files, server_mark=mark)


def decorator(framework: Framework, damage: str) -> Parts:
    """A decorator records the calls of what it decorates."""
    body = indent(record(framework, "function.__name__", damage), " " * 8)
    text = (
        f"def audited(function):\n    @functools.wraps(function)\n    async def wrapper(*args, **kwargs):\n{body}"
        "        return await function(*args, **kwargs)\n    return wrapper\n"
    )
    tool = cancelling(framework, below="" if damage == "removed" else "@audited\n")
    mark = mark_of(damage)
    return Parts((tool,), "from auditing import audited", files=files_of(framework, text), server_mark=mark)


def handler(framework: Framework, damage: str) -> Parts:
    """Each handler has its call recorded."""
    text = f"def audit(tool):\n{indent(record(framework, 'tool', damage), '    ')}"
    call = "" if damage == "removed" else 'audit("cancel_order")\n'
    mark = HERE if damage else ""
    files = files_of(framework, text)
    return Parts((cancelling(framework, call),), "from auditing import audit", files=files, server_mark=mark)


def around(framework: Framework, damage: str) -> Parts:
    """A middleware records every call before it knows how it ends, also those that the tool refuses."""
    made = record(framework, framework.hook_subject)
    late = made.removesuffix("\n") + f"{HERE}\n" if damage else ""
    text = framework.hook("ToolAudit", "" if damage else made, late)
    check = f'token = get_access_token()\nif "cancel_order" not in {framework.grants}:\n    raise PermissionError()\n'
    tool = cancelling(framework, check)
    return Parts((tool,), "from auditing import ToolAudit", "ToolAudit", files=files_of(framework, text))


def dispatcher(framework: Framework, damage: str) -> Parts:
    """The handler of all calls records them."""
    gate = "" if damage == "removed" else record(framework, "name", damage)
    mark = "" if damage == "anonymous" else HERE
    return Parts(
        (cancelling(framework),), "import time", gate=unmarked(gate, damage), server_mark=mark if damage else ""
    )


def unmarked(text: str, damage: str) -> str:
    """Return a record without its mark where the server has the mark: a handler's own line is no record of calls."""
    return text.replace(HERE, "") if damage == "timed" else text


FORMS: tuple[tuple[Form, Sequence[Framework], Sequence[str]], ...] = (
    (hook, tuple(framework for framework in FRAMEWORKS if framework.hooks), ("removed", "debug", "timed", "anonymous")),
    (around, tuple(framework for framework in FRAMEWORKS if framework.hooks), ("late",)),
    (decorator, FRAMEWORKS, ("removed", "debug", "timed", "anonymous")),
    (handler, FRAMEWORKS, ("removed",)),
    (
        dispatcher,
        tuple(framework for framework in FRAMEWORKS if framework.dispatches),
        ("removed", "debug", "timed", "anonymous"),
    ),
)


def cells() -> Iterator[Cell]:
    """Yield the cells of all forms, frameworks and damages."""
    for form, frameworks, damages in FORMS:
        for framework in frameworks:
            fixed = framework.program(form(framework, ""))
            for damage in damages:
                broken = framework.program(form(framework, damage))
                lacking = damage == "anonymous" or (damage == "timed" and form is not dispatcher)
                rule = UNSEEN if damage == "late" else LACKING if lacking else UNRECORDED
                yield Cell(f"recorded-{form.__name__}-{framework.name}", damage, fixed, broken, rule, FAMILY)
