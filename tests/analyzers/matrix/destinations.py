"""Cells about destinations: ways to bound the host of a request, and how each of them is damaged."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import indent

from tests.analyzers.matrix.cells import Cell
from tests.analyzers.matrix.programs import FRAMEWORKS, HERE, Framework, Parts, Tool

OPEN = "ssrf-model-controlled-host"
BROKEN = "ssrf-broken-guard"
FAMILY = (OPEN, BROKEN)
RAISE = '    raise ValueError("destination not allowed")\n'
SETTING = 'from urllib.parse import urlsplit\n\nALLOWED_HOSTS = frozenset({"docs.example.com", "api.example.com"})\n\n'
# Damage of the condition -> when a destination is refused.
CONDITIONS = {
    "": 'urlsplit({0}).scheme != "https" or urlsplit({0}).hostname not in ALLOWED_HOSTS',
    "negated": "urlsplit({0}).hostname in ALLOWED_HOSTS",
    "prefix": 'not {0}.startswith("https://docs.example.com")',
    "part": '"docs.example.com" not in {0}',
    "suffix": 'not urlsplit({0}).hostname.endswith("example.com")',
    "scheme": 'urlsplit({0}).scheme != "https"',
    "one-string": 'urlsplit({0}).hostname not in "docs.example.com,api.example.com"',
    "denied": 'urlsplit({0}).hostname in ("localhost", "127.0.0.1", "169.254.169.254")',
}
BREAKS = ("swallowed", "around-swallowed", "prefix", "part", "suffix", "one-string", "denied")
WEAK = ("negated", "prefix", "part", "suffix", "scheme", "one-string", "denied")
Form = Callable[[Framework, str], Parts]


def refusal(value: str, damage: str, mark: str = "") -> str:
    """Return a check that raises, its condition damaged or not; a check of its own is marked where that is told."""
    weak = mark if damage in BREAKS and damage != "around-swallowed" else ""
    text = f"if {CONDITIONS.get(damage, CONDITIONS['']).format(value)}:{'' if damage == 'swallowed' else weak}\n"
    if damage == "told":
        return f'{text}    log.warning("denied")\n'
    if damage == "swallowed":
        return f"try:\n    {text}    {RAISE}except ValueError:{weak}\n    pass\n"
    return text + RAISE


def request(framework: Framework, value: str, damage: str, is_apart: bool = False) -> str:
    """Return the request to a value, marked where a damage is told: not where a check apart from it is broken."""
    mark = HERE if damage and not (is_apart and damage in BREAKS and damage != "around-swallowed") else ""
    return (
        f"async with {framework.client}.AsyncClient() as client:\n"
        f"    response = await client.get({value}){mark}\nresult = response.text\n"
    )


def fetching(framework: Framework, damage: str, check: str, value: str = "url", is_apart: bool = True) -> Tool:
    """Return the tool that fetches a page, with its check in front, behind, or not there."""
    effect = request(framework, value, damage, is_apart)
    match damage:
        case "removed":
            body = effect
        case "after":
            body = effect + check
        case "around-swallowed":
            body = f"try:\n{indent(check, '    ')}except ValueError:\n    pass\n{effect}"
        case _:
            body = check + effect
    return Tool("fetch", f"{body}return result\n", parameters="url: str, referrer: str")


def subject(damage: str) -> str:
    """Return what is checked."""
    return "referrer" if damage == "of-another-value" else "url"


def inline(framework: Framework, damage: str) -> Parts:
    """The check stands in the handler."""
    check = refusal(subject(damage), damage)
    return Parts((fetching(framework, damage, check, is_apart=False),), SETTING)


def raising(damage: str) -> str:
    """Return a coroutine that raises."""
    return f"async def check(address):\n{indent(refusal('address', damage, HERE), '    ')}"


def _raising_call(damage: str) -> str:
    return f"{'' if damage == 'not-awaited' else 'await '}check({subject(damage)})\n"


def helper(framework: Framework, damage: str) -> Parts:
    """A coroutine of the same file raises."""
    return Parts((fetching(framework, damage, _raising_call(damage)),), SETTING + raising(damage))


def helper_elsewhere(framework: Framework, damage: str) -> Parts:
    """A coroutine of another file raises."""
    tool = fetching(framework, damage, _raising_call(damage))
    files = {"guards.py": "import logging\nlog = logging.getLogger('shop')\n" + SETTING + raising(damage)}
    return Parts((tool,), "from guards import check", files=files)


def answering(damage: str) -> str:
    """Return a function that answers whether a destination is allowed."""
    refused = CONDITIONS.get(damage, CONDITIONS[""]).format("address")
    mark = HERE if damage in BREAKS and damage != "around-swallowed" else ""
    return f"def is_allowed(address) -> bool:\n    return not ({refused}){mark}\n"


def _answer_call(damage: str) -> str:
    match damage:
        case "ignored":
            return f"is_allowed({subject(damage)})\n"
        case "turned-round":
            return f"if is_allowed({subject(damage)}):\n{RAISE}"
    return f"if not is_allowed({subject(damage)}):\n{RAISE}"


def answer(framework: Framework, damage: str) -> Parts:
    """A function of the same file answers."""
    return Parts((fetching(framework, damage, _answer_call(damage)),), SETTING + answering(damage))


def answer_elsewhere(framework: Framework, damage: str) -> Parts:
    """A function of another file answers."""
    tool = fetching(framework, damage, _answer_call(damage))
    return Parts((tool,), "from guards import is_allowed", files={"guards.py": SETTING + answering(damage)})


def returning(damage: str) -> str:
    """Return a function that gives the value back, or raises."""
    check = indent(refusal("address", damage, HERE), "    ")
    return f"def allowed(address: str) -> str:\n{check}    return address\n"


def returned(framework: Framework, damage: str) -> Parts:
    """A function of the same file returns the value that it checked."""
    tool = fetching(framework, damage, "", "url" if damage == "removed" else f"allowed({subject(damage)})")
    return Parts((tool,), SETTING + returning(damage))


def returned_elsewhere(framework: Framework, damage: str) -> Parts:
    """A function of another file returns the value that it checked."""
    tool = fetching(
        framework,
        damage,
        f"target = allowed({subject(damage)})\n",
        "url" if damage in ("removed", "after") else "target",
    )
    files = {"guards.py": "import logging\nlog = logging.getLogger('shop')\n" + SETTING + returning(damage)}
    return Parts((tool,), "from guards import allowed", files=files)


def table(framework: Framework, damage: str) -> Parts:
    """The caller chooses a key, the addresses are constants."""
    pages = 'PAGES = {"docs": "https://docs.example.com/", "api": "https://api.example.com/"}\n'
    value = "PAGES[url]" if not damage else "url" if damage == "removed" else "PAGES.get(url, url)"
    return Parts((fetching(framework, damage, "", value),), pages)


IN_PLACE = ("removed", "after", "of-another-value")
FORMS: tuple[tuple[Form, Sequence[str]], ...] = (
    (inline, (*IN_PLACE, "told", "swallowed", *WEAK)),
    (helper, (*IN_PLACE, "around-swallowed", "not-awaited", "negated", "prefix")),
    (helper_elsewhere, (*IN_PLACE, "around-swallowed", "not-awaited", "told", "swallowed", *WEAK)),
    (answer, (*IN_PLACE, "around-swallowed", "ignored", "turned-round", "negated", "prefix")),
    (answer_elsewhere, (*IN_PLACE, "ignored", "turned-round", "negated", "denied", "scheme")),
    (returned, ("removed", "told", "swallowed", "negated", "prefix")),
    (returned_elsewhere, ("removed", "after", "swallowed", "negated", "one-string")),
    (table, ("removed", "with-a-way-out")),
)


def cells() -> Iterator[Cell]:
    """Yield the cells of all forms, frameworks and damages."""
    for form, damages in FORMS:
        for framework in FRAMEWORKS:
            name = f"bound-{form.__name__.replace('_', '-')}-{framework.name}"
            fixed = framework.program(form(framework, ""))
            for damage in damages:
                broken = framework.program(form(framework, damage))
                yield Cell(name, damage, fixed, broken, BROKEN if damage in BREAKS else OPEN, FAMILY)
