"""Cells about commands, paths and queries: ways to bound an argument of a call, and how each of them is damaged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import indent

from tests.analyzers.matrix.cells import Cell, Files
from tests.analyzers.matrix.programs import FRAMEWORKS, HERE, Framework, Parts, Tool

# One of each kind: what differs between the others is who may call, not what is passed.
CHOSEN = tuple(
    framework for framework in FRAMEWORKS if framework.name in ("fastmcp-4", "mcp-1-fastmcp", "mcp-1-low-level")
)
IN_PLACE = ("removed", "after", "of-another-value")


@dataclass(frozen=True)
class Family:
    """A use of an argument that does harm.

    `effect` uses `{0}`; `conditions` say, by damage, when `{0}` is refused.
    """

    name: str
    rule: str
    setting: str
    effect: str
    conditions: Mapping[str, str]

    @property
    def weak(self) -> tuple[str, ...]:
        """The damages of the condition alone."""
        return tuple(damage for damage in self.conditions if damage)

    def used(self, damage: str) -> str:
        """Return the effect on the checked value, marked where a damage is told."""
        return self.effect.format("name", mark=HERE if damage else "")

    def refusal(self, value: str, damage: str) -> str:
        """Return a check that raises, its condition damaged or not."""
        condition = self.conditions.get(damage, self.conditions[""]).format(value)
        raising = '    raise ValueError("not allowed")\n'
        if damage == "told":
            raising = '    log.warning("not allowed")\n'
        check = f"if {condition}:\n{raising}"
        if damage == "swallowed":
            check = f"try:\n{indent(check, '    ')}except ValueError:\n    pass\n"
        return check


COMMANDS = Family(
    "command",
    "command-injection",
    "import re\nimport subprocess\n\nALLOWED = ('web', 'db')\n\n",
    'result = subprocess.run(f"systemctl status {{{0}}}", shell=True, capture_output=True, text=True).stdout{mark}\n',
    {
        "": 'not re.fullmatch(r"[a-z][a-z0-9-]*", {0})',
        "negated": "{0} in ALLOWED",
        "unanchored": 'not re.match(r"[a-z]+", {0})',
        "first-word": '{0}.split()[0] not in ("web", "db")',
        "prefix": 'not {0}.startswith("web")',
        "denied": 'any(mark in {0} for mark in (";", "&", "|"))',
        "anything": 'not re.fullmatch(r".+", {0})',
    },
)
QUERIES = Family(
    "query",
    "query-injection",
    'import re\nimport sqlite3\n\ndb = sqlite3.connect("shop.db")\nALLOWED = {"orders", "invoices"}\n\n',
    'result = str(db.execute(f"SELECT * FROM {{{0}}}").fetchall()){mark}\n',
    {
        "": "{0} not in ALLOWED",
        "negated": "{0} in ALLOWED",
        "unanchored": 'not re.match(r"[a-z]+", {0})',
        "denied": 'any(word in {0}.lower() for word in ("drop", "delete"))',
        "prefix": 'not {0}.startswith("orders")',
        "anything": 'not re.fullmatch(r"[^;]+", {0})',
    },
)
PATHS = Family(
    "path",
    "path-traversal",
    'import os\nfrom pathlib import Path\n\nROOT = Path("/srv/notes").resolve()\n\n',
    "result = Path(ROOT, {0}).read_text(){mark}\n",
    {
        "": "not Path(ROOT, {0}).resolve().is_relative_to(ROOT)",
        "negated": "Path(ROOT, {0}).resolve().is_relative_to(ROOT)",
        "unresolved": "not Path(ROOT, {0}).is_relative_to(ROOT)",
        "sibling": "not os.path.realpath(os.path.join(ROOT, {0})).startswith(str(ROOT))",
        "characters": "os.path.commonprefix([os.path.realpath(Path(ROOT, {0})), str(ROOT)]) != str(ROOT)",
        "dots": '".." in {0}',
        "suffix": 'Path({0}).suffix not in (".md", ".txt")',
    },
)
FAMILIES = (COMMANDS, QUERIES, PATHS)


def tool(family: Family, damage: str, check: str) -> Tool:
    """Return the tool that uses its argument, with its check in front, behind, or not there."""
    effect = family.used(damage)
    body = {"removed": effect, "after": effect + check}.get(damage, check + effect)
    return Tool("use", f"{body}return result\n", parameters="name: str, other: str")


def subject(damage: str) -> str:
    """Return what is checked."""
    return "other" if damage == "of-another-value" else "name"


def inline(family: Family, damage: str) -> Parts:
    """The check stands in the handler."""
    return Parts((tool(family, damage, family.refusal(subject(damage), damage)),), family.setting)


def checking(family: Family, damage: str) -> str:
    """Return a function that raises."""
    return f"def check(value):\n{indent(family.refusal('value', damage), '    ')}"


def elsewhere(family: Family, text: str) -> Mapping[str, str]:
    """Return the file that holds what checks."""
    return {"guards.py": f"import logging\nlog = logging.getLogger('shop')\n{family.setting}{text}"}


def helper_elsewhere(family: Family, damage: str) -> Parts:
    """A function of another file raises."""
    used = tool(family, damage, f"check({subject(damage)})\n")
    files = elsewhere(family, checking(family, damage))
    return Parts((used,), f"{family.setting}from guards import check\n", files=files)


def answer_elsewhere(family: Family, damage: str) -> Parts:
    """A function of another file answers."""
    refused = family.conditions.get(damage, family.conditions[""]).format("value")
    asked = f"is_allowed({subject(damage)})"
    check = f'if not {asked}:\n    raise ValueError("not allowed")\n'
    check = {"ignored": f"{asked}\n", "turned-round": check.replace("not ", "", 1)}.get(damage, check)
    files = elsewhere(family, f"def is_allowed(value) -> bool:\n    return not ({refused})\n")
    return Parts((tool(family, damage, check),), f"{family.setting}from guards import is_allowed\n", files=files)


def returned_elsewhere(family: Family, damage: str) -> Parts:
    """A function of another file returns the value that it checked."""
    text = f"def allowed(value: str) -> str:\n{indent(family.refusal('value', damage), '    ')}    return value\n"
    used = tool(family, damage, f"name = allowed({subject(damage)})\n" if damage != "after" else "allowed(name)\n")
    return Parts((used,), f"{family.setting}from guards import allowed\n", files=elsewhere(family, text))


def decorator(family: Family, damage: str) -> Parts:
    """A decorator below the registration checks what it hands on."""
    handed = "other" if damage == "of-another-value" else "name"
    check = {"removed": ""}.get(damage, f"check({handed})\n")
    call = "result = await fn(name, other)\n"
    body = f"{call}{check}return result\n" if damage == "after" else f"{check}{call}return result\n"
    made = (
        f"def checked(fn):\n    @functools.wraps(fn)\n    async def wrapper(name, other):\n{indent(body, ' ' * 8)}"
        "    return wrapper\n\n"
    )
    used = Tool("use", f"{family.used(damage)}return result\n", parameters="name: str, other: str", below="@checked\n")
    return Parts((used,), family.setting + checking(family, damage) + made)


Form = Callable[[Family, str], Parts]
FORMS: tuple[tuple[Form, Sequence[str], bool], ...] = (
    (inline, (*IN_PLACE, "told", "swallowed"), True),
    (helper_elsewhere, (*IN_PLACE, "told", "swallowed"), True),
    (answer_elsewhere, (*IN_PLACE, "ignored", "turned-round"), False),
    (returned_elsewhere, ("removed", "after", "told"), False),
    (decorator, (*IN_PLACE, "swallowed"), False),
)


def authorized(framework: Framework, parts: Parts) -> Files:
    """Return the program of some parts whose tools are for callers who were granted them."""
    refused = f'if token is None or "use" not in {framework.grants}:\n    raise ValueError("no")\n'
    check = f"token = get_access_token()\n{refused}"
    return framework.program(replace(parts, tools=[replace(tool, body=check + tool.body) for tool in parts.tools]))


def cells() -> Iterator[Cell]:
    """Yield the cells of all families, forms, frameworks and damages."""
    for family in FAMILIES:
        for form, damages, weakens in FORMS:
            for framework in CHOSEN:
                name = f"{family.name}-{form.__name__.replace('_', '-')}-{framework.name}"
                fixed = authorized(framework, form(family, ""))
                for damage in (*damages, *(family.weak if weakens else ("negated",))):
                    broken = authorized(framework, form(family, damage))
                    yield Cell(name, damage, fixed, broken, family.rule, (family.rule,))
