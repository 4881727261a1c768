"""Cells about authorization: each way to guard a tool, and each way in which such a guard is damaged."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import indent

from tests.analyzers.matrix.cells import Cell
from tests.analyzers.matrix.programs import FRAMEWORKS, HERE, Framework, Parts, Tool

MISSING = "missing-per-tool-authorization"
OPEN = "fail-open-authorization"
VOID = "ineffective-authorization-check"
FAMILY = (
    MISSING,
    OPEN,
    VOID,
    "authorization-only-on-list",
    "authorization-removed-in-change",
    "unauthenticated-network-server",
    "unresolved-authorization",
)
RAISE = '    raise PermissionError("forbidden")\n'
# Damage -> the rule that finds it where the mark stands.
RULES = {
    "removed": MISSING,
    "of-another-tool-in-a-hook": MISSING,
    "open": OPEN,
}
INSIDE = ("negated", "open", "swallowed", "asserted", "in-a-string", "never-raised")
LOG = "import logging\nlog = logging.getLogger('shop')\n"
Form = Callable[[Framework, str], Parts]


def effect(framework: Framework) -> str:
    """Return the body of the tool that pays back."""
    url = "https://payments.internal/refunds"
    if framework.client == "httpx":
        return f'result = httpx.post("{url}", json={{"order": order}}).text\n'
    return (
        f"async with {framework.client}.AsyncClient() as client:\n"
        f'    response = await client.post("{url}", json={{"order": order}})\n'
        "result = response.text\n"
    )


def reading(framework: Framework) -> str:
    """Return the body of the tool that reads an order."""
    return f'result = {framework.client}.get("https://orders.internal/orders", params={{"order": order}}).text\n'


def refusal(framework: Framework, subject: str, damage: str = "") -> str:
    """Return a check of the caller's grant for a subject (an expression), damaged or not."""
    read = "token = get_access_token()\n"
    denied = f"token is None or {subject} not in {framework.grants}"
    match damage:
        case "negated":
            return f"{read}if token is None or {subject} in {framework.grants}:{HERE}\n{RAISE}"
        case "open":
            return f"{read}if token is not None and {subject} not in {framework.grants}:{HERE}\n{RAISE}"
        case "swallowed":
            return f"{read}try:\n    if {denied}:{HERE}\n    {RAISE}except PermissionError:\n    pass\n"
        case "asserted":
            return f"{read}assert token is not None and {subject} in {framework.grants}{HERE}\n"
        case "in-a-string":
            return f'{read}if token is None or {subject} not in token.claims.get("scope", ""):{HERE}\n{RAISE}'
        case "never-raised":
            return f'{read}if {denied}:{HERE}\n    log.warning("denied")\n'
        case "marked":
            return f"{read}if {denied}:{HERE}\n{RAISE}"
    return f"{read}if {denied}:\n{RAISE}"


def guarded(before: str, body: str, after: str = "") -> str:
    """Return a body between what runs before and after it."""
    return f"{before}{body}{after}return result\n"


def around(damage: str, call: Callable[[str, str], str]) -> tuple[str, str]:
    """Return what runs before and after the effect of the tool; `call` gives the guard of a name, with a mark."""
    match damage:
        case "removed":
            return "", ""
        case "of-another-tool":
            return call("get_order", HERE), ""
        case "after":
            return "", call("refund", HERE)
        case "around-swallowed":
            return f"try:\n{indent(call('refund', HERE), '    ')}except PermissionError:\n    pass\n", ""
        case "suppressed":
            text = f"with contextlib.suppress(PermissionError):\n{indent(call('refund', HERE), '    ')}"
            return f"import contextlib\n{text}", ""
    return call("refund", ""), ""


def two(refund: str, order: str, damage: str, **more: str) -> tuple[Tool, Tool]:
    """Return the two tools with their bodies; a missing guard is told at the head of the first."""
    head = HERE if RULES.get(damage) == MISSING else ""
    return Tool("refund", refund, head_mark=head, **more), Tool("get_order", order, **more)


# Forms


def inline(framework: Framework, damage: str) -> Parts:
    """The check stands in the handler."""

    def call(name: str, mark: str) -> str:
        return refusal(framework, f'"{name}"', "marked" if mark else damage)

    before, after = around(damage, call)
    sound = refusal(framework, '"get_order"')
    bodies = guarded(before, effect(framework), after), guarded(sound, reading(framework))
    return Parts(two(*bodies, damage))


def helper(framework: Framework, damage: str) -> Parts:
    """A coroutine of another file raises."""

    def call(name: str, mark: str) -> str:
        wait = "" if damage == "not-awaited" else "await "
        return f'{wait}require("{name}"){mark or (HERE if damage == "not-awaited" else "")}\n'

    before, after = around(damage, call)
    guards = f"{framework.identity}\n{LOG}\nasync def require(tool):\n"
    guards += indent(refusal(framework, "tool", damage), "    ")
    bodies = guarded(before, effect(framework), after), guarded('await require("get_order")\n', reading(framework))
    return Parts(two(*bodies, damage), "from guards import require", files={"guards.py": guards})


def answer(framework: Framework, damage: str) -> Parts:
    """A coroutine of another file answers whether the call is allowed."""

    def call(name: str, mark: str) -> str:
        mark = mark or (HERE if damage in ("not-awaited", "ignored", "turned-round") else "")
        match damage:
            case "not-awaited":
                return f'if not allowed("{name}"):{mark}\n{RAISE}'
            case "ignored":
                return f'await allowed("{name}"){mark}\n'
            case "turned-round":
                return f'if await allowed("{name}"):{mark}\n{RAISE}'
        return f'if not await allowed("{name}"):{mark}\n{RAISE}'

    before, after = around(damage, call)
    condition = f"return token is not None and tool in {framework.grants}\n"
    if damage == "open":
        condition = f"if token is None:\n    return True{HERE}\nreturn tool in {framework.grants}\n"
    guards = f"{framework.identity}\n\nasync def allowed(tool):\n"
    guards += indent(f"token = get_access_token()\n{condition}", "    ")
    sound = f'if not await allowed("get_order"):\n{RAISE}'
    bodies = guarded(before, effect(framework), after), guarded(sound, reading(framework))
    return Parts(two(*bodies, damage), "from guards import allowed", files={"guards.py": guards})


def wrapper(framework: Framework, damage: str) -> str:
    """Return the file with the decorator `requires`, damaged inside or not."""
    check, call = refusal(framework, "tool", damage), "result = await function(*args, **kwargs)\n"
    if damage == "after":
        check, call = call, refusal(framework, "tool", "marked")
    body = indent(f"{check}{call}return result\n", " " * 12)
    return (
        f"import functools\nimport logging\n{framework.identity}\nlog = logging.getLogger('shop')\n\n"
        "def requires(tool):\n    def decorate(function):\n        @functools.wraps(function)\n"
        f"        async def wrapper(*args, **kwargs):\n{body}        return wrapper\n    return decorate\n"
    )


def decorator(framework: Framework, damage: str) -> Parts:
    """A decorator of another file, below the registration."""
    name = "get_order" if damage == "of-another-tool" else "refund"
    mark = HERE if damage in ("of-another-tool", "order") else ""
    line = f'@requires("{name}"){mark}\n' if damage != "removed" else ""
    head = HERE if damage == "removed" else ""
    body = guarded("", effect(framework))
    above, below = (line, "") if damage == "order" else ("", line)
    refund = Tool("refund", body, above=above, below=below, head_mark=head)
    order = Tool("get_order", guarded("", reading(framework)), below='@requires("get_order")\n')
    return Parts((refund, order), "from guards import requires", files={"guards.py": wrapper(framework, damage)})


def registration(framework: Framework, damage: str) -> Parts:
    """The registration wraps the handler."""
    wrapped = 'requires("refund")(refund)'
    if damage == "removed":
        wrapped = "refund"
    if damage == "of-another-tool":
        wrapped = 'requires("get_order")(refund)'
    mark = HERE if damage == "of-another-tool" else ""
    head = HERE if damage == "removed" else ""
    refund = Tool("refund", guarded("", effect(framework)), registered=wrapped, head_mark=head, call_mark=mark)
    order = Tool("get_order", guarded("", reading(framework)), registered='requires("get_order")(get_order)')
    return Parts((refund, order), "from guards import requires", files={"guards.py": wrapper(framework, damage)})


def middleware(framework: Framework, damage: str) -> Parts:
    """A middleware of another file checks the called name."""
    subject, apart = framework.hook_subject, damage == "of-another-tool-in-a-hook"
    check, after = refusal(framework, subject, damage), ""
    if damage == "after":
        check, after = "", refusal(framework, subject, "marked")
    elif apart:
        check = f'if {subject} == "get_order":\n{indent(refusal(framework, subject), "    ")}'
    guards = f"{framework.identity}\n{LOG}"
    if damage == "not-awaited":
        guards += f"async def require(tool):\n{indent(refusal(framework, 'tool'), '    ')}"
        check = f"require({subject}){HERE}\n"
    guards += framework.hook("Allowed", check, after)
    bodies = guarded("", effect(framework)), guarded("", reading(framework))
    hook, at = "" if damage == "removed" else "Allowed", damage if not framework.dispatches or apart else ""
    mark = HERE if framework.dispatches and RULES.get(damage) == MISSING and not apart else ""
    files = {"guards.py": guards}
    return Parts(two(*bodies, at), "from guards import Allowed", hook, files=files, dispatch_mark=mark)


def dispatcher(framework: Framework, damage: str) -> Parts:
    """The handler of all calls checks the name before it dispatches."""
    gate, late = refusal(framework, "name", damage), ""
    if damage == "removed":
        gate = ""
    elif damage == "after":
        gate, late = "", refusal(framework, "name", "marked")
    elif damage == "of-another-tool-in-a-hook":
        gate = f'if name == "get_order":\n{indent(refusal(framework, "name"), "    ")}'
    # Where its sibling is guarded, the tool itself is told of.
    apart = damage == "of-another-tool-in-a-hook"
    tools = two(guarded("", effect(framework)), guarded("", reading(framework)), damage if apart else "")
    missing = HERE if RULES.get(damage) == MISSING and not apart else ""
    return Parts(tools, gate=gate, late=late, dispatch_mark=missing)


def shared_dispatcher(framework: Framework, damage: str) -> Parts:
    """The handler of all calls asks a helper of another file."""
    gate = {"removed": "", "not-awaited": f"require(name){HERE}\n"}.get(damage, "await require(name)\n")
    if damage == "around-swallowed":
        gate = f"try:\n    await require(name){HERE}\nexcept PermissionError:\n    pass\n"
    guards = f"{framework.identity}\n{LOG}\nasync def require(tool):\n"
    guards += indent(refusal(framework, "tool", damage), "    ")
    tools = two(guarded("", effect(framework)), guarded("", reading(framework)), "")
    mark = HERE if damage == "removed" else ""
    return Parts(tools, "from guards import require", gate=gate, files={"guards.py": guards}, dispatch_mark=mark)


def holder(framework: Framework, damage: str) -> Parts:
    """A gate given to the object whose methods are the tools."""

    def call(name: str, mark: str) -> str:
        return f'self.gate.require("{name}"){mark}\n'

    before, after = around(damage, call)
    guards = f"{framework.identity}\n{LOG}\nclass Gate:\n    def require(self, tool):\n"
    guards += indent(refusal(framework, "tool", damage), " " * 8)
    mark = HERE if damage == "removed" else ""
    refund = indent(guarded(before, effect(framework), after), " " * 8)
    order = indent(guarded('self.gate.require("get_order")\n', reading(framework)), " " * 8)
    shop = (
        "from guards import Gate\n\nclass Shop:\n    def __init__(self, gate: Gate):\n        self.gate = gate\n\n"
        f"    async def refund(self, order: str) -> str:{mark}\n{refund}\n"
        f"    async def get_order(self, order: str) -> str:\n{order}\nshop = Shop(Gate())\n"
    )
    tools = [Tool(name, registered=f"shop.{name}") for name in ("refund", "get_order")]
    return Parts(tools, shop, files={"guards.py": guards})


def injected_token(framework: Framework, damage: str) -> Parts:
    """The token is a parameter that the framework injects."""

    def check(name: str, damage: str) -> str:
        return refusal(framework, f'"{name}"', damage).partition("\n")[2]

    before, after = around(damage, lambda name, mark: check(name, "marked" if mark else damage))
    bodies = guarded(before, effect(framework), after), guarded(check("get_order", ""), reading(framework))
    tools = two(*bodies, damage, parameters="order: str, token=CurrentAccessToken()")
    return Parts(tools, "from fastmcp.dependencies import CurrentAccessToken")


def injected_guard(framework: Framework, damage: str) -> Parts:
    """A dependency that the framework runs before the handler."""
    name = "get_order" if damage == "of-another-tool" else "refund"
    mark = HERE if damage == "of-another-tool" else ""
    guards = f"{framework.identity}\n{LOG}\ndef granted(tool):\n    def check():\n"
    guards += indent(refusal(framework, "tool", damage), " " * 8) + "    return check\n"
    dependency = f', _=Depends(granted("{name}"))' if damage != "removed" else ""
    refund = Tool(
        "refund",
        guarded("", effect(framework)),
        parameters=f"order: str{dependency}",
        head_mark=mark or (HERE if damage == "removed" else ""),
    )
    order = Tool("get_order", guarded("", reading(framework)), parameters='order: str, _=Depends(granted("get_order"))')
    imports = "from fastmcp.dependencies import Depends\nfrom guards import granted"
    return Parts((refund, order), imports, files={"guards.py": guards})


def argument(framework: Framework, damage: str) -> Parts:
    """A check given at the registration."""
    checks = {"removed": "", "empty": "require_scopes()", "always": "lambda ctx: True"}
    refund = Tool(
        "refund",
        guarded("", effect(framework)),
        auth=checks.get(damage, 'require_scopes("refund")'),
        head_mark=HERE if damage == "removed" else "",
        auth_mark=HERE if damage in ("empty", "always") else "",
    )
    order = Tool("get_order", guarded("", reading(framework)), auth='require_scopes("get_order")')
    return Parts((refund, order), "from fastmcp.server.auth import require_scopes")


ALL = FRAMEWORKS
ONE_BY_ONE = tuple(framework for framework in FRAMEWORKS if not framework.dispatches)
DISPATCHING = tuple(framework for framework in FRAMEWORKS if framework.dispatches)
HOOKED = tuple(framework for framework in FRAMEWORKS if framework.hooks)
AT_REGISTRATION = tuple(framework for framework in FRAMEWORKS if framework.authorizes_at_registration)
INJECTING = tuple(framework for framework in FRAMEWORKS if framework.injects)
FORMS: tuple[tuple[Form, Sequence[Framework], Sequence[str]], ...] = (
    (inline, ALL, ("removed", "of-another-tool", "after", *INSIDE)),
    (helper, ALL, ("removed", "of-another-tool", "after", "around-swallowed", "suppressed", "not-awaited", *INSIDE)),
    (answer, ALL, ("removed", "of-another-tool", "after", "not-awaited", "ignored", "turned-round", "open")),
    (decorator, ONE_BY_ONE, ("removed", "of-another-tool", "order", "after", *INSIDE)),
    (decorator, DISPATCHING, ("removed", "of-another-tool", "after", *INSIDE)),
    (registration, ALL, ("removed", "of-another-tool", "after", *INSIDE)),
    (middleware, HOOKED, ("removed", "of-another-tool-in-a-hook", "after", "not-awaited", *INSIDE)),
    (dispatcher, DISPATCHING, ("removed", "of-another-tool-in-a-hook", "after", *INSIDE)),
    (shared_dispatcher, DISPATCHING, ("removed", "around-swallowed", "not-awaited", *INSIDE)),
    (holder, ALL, ("removed", "of-another-tool", "after", "around-swallowed", *INSIDE)),
    (injected_token, INJECTING, ("removed", "of-another-tool", "after", *INSIDE)),
    (injected_guard, INJECTING, ("removed", "of-another-tool", *INSIDE)),
    (argument, AT_REGISTRATION, ("removed", "empty", "always")),
)


def cells() -> Iterator[Cell]:
    """Yield the cells of all forms, frameworks and damages."""
    for form, frameworks, damages in FORMS:
        for framework in frameworks:
            name = f"{form.__name__.replace('_', '-')}-{framework.name}"
            fixed = framework.program(form(framework, ""))
            for damage in damages:
                broken = framework.program(form(framework, damage))
                yield Cell(name, damage, fixed, broken, RULES.get(damage, VOID), FAMILY)
