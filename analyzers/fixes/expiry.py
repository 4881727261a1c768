"""Patches that make a verifier demand an expiry."""

from analyzers.finding import Edit, Safety
from analyzers.fixes.rewrite import add_below_imports, add_import, append_item, replace_value, set_argument
from analyzers.flow.claims import literals
from analyzers.flow.expiry import Verification, registry_calls, setting_of
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.rule import Proposal

TITLE = "Refuse tokens without an expiry"
REQUIRED = {"pyjwt": ("require", '["exp"]'), "python-jose": ("require_exp", "True")}
ESSENTIAL = '{"essential": True}'
IMPORTED = "from fastmcp.server.auth import AccessToken"
VERIFIER = """class Expiring{name}({name}):
    async def verify_token(self, token: str) -> AccessToken | None:
        access = await super().verify_token(token)
        return access if access is not None and access.expires_at is not None else None"""


def fix_of(flow: Flow, verification: Verification, text: bytes) -> Proposal | None:
    """Return the change of a decoding call, or of what validates its claims, that demands `exp`."""
    function, call = verification.function, verification.call
    if verification.library in REQUIRED:
        edits = _demanded(flow, verification, text)
        return Proposal(TITLE, Safety.SAFE, edits) if edits else None
    if verification.library == "joserfc":
        registries = list(registry_calls(flow, function))
        edit = set_argument(text, *registries[0], "exp", ESSENTIAL) if len(registries) == 1 else None
        return Proposal(TITLE, Safety.SAFE, (edit,)) if edit is not None and verification.current else None
    if verification.options >= 0:
        return None
    edit = set_argument(text, function, call, "claims_options", f'{{"exp": {ESSENTIAL}}}')
    title = f"{TITLE} (decide where `validate()` is called on the claims)"
    return Proposal(title, Safety.REVIEW, (edit,)) if edit is not None else None


def _demanded(flow: Flow, verification: Verification, text: bytes) -> tuple[Edit, ...]:
    function, call = verification.function, verification.call
    key, value = REQUIRED[verification.library]
    if verification.options < 0:
        edit = set_argument(text, function, call, "options", f'{{"{key}": {value}}}')
        return (edit,) if edit is not None else ()
    found = literals(flow.resolver, function, verification.options)
    if len(found) != 1 or found[0][0].file is not function.file:
        return ()
    scope, literal = found[0]
    present = setting_of(flow, function, verification.options, key)
    if present is None:
        edit = append_item(text, scope, literal, f'"{key}": {value}')
    elif verification.library == "python-jose":
        edit = replace_value(*present, value)
    elif _is_list(*present):
        edit = append_item(text, *present, '"exp"')
    else:
        return ()
    off = setting_of(flow, function, verification.options, "verify_exp") if not verification.current else None
    switched = (replace_value(*off, "True"),) if off is not None else ()
    return (*switched, edit) if edit is not None else ()


def _is_list(scope: Function, value: int) -> bool:
    """Tell whether a setting is a literal list."""
    return scope.facts.values[value].op == "list"


def refusing_verifier(function: Function, call: int, text: bytes) -> Proposal | None:
    """Return a subclass of the framework's verifier that refuses tokens without an end, in place of the verifier.

    The verifier must be a name that the file imports at its top.
    """
    node = function.facts.values[call]
    name = text[node.start : node.end].partition(b"(")[0].decode()
    path = function.file.path
    below = add_below_imports(text, path, VERIFIER.format(name=name))
    if below is None or not _is_imported(function, name) or not _is_free(function, name):
        return None
    imported = add_import(text, path, IMPORTED)
    newline = "\r\n" if b"\r\n" in text else "\n"
    following = text[function.file.facts.lines.offset(below.start) :].decode("utf-8", "replace").split(newline)
    blank = next((count for count, line in enumerate(following) if line.strip()), 0)
    head = imported.text if imported is not None else ""
    added = Edit(path, below.start, below.end, head + newline * 2 + below.text + newline * max(0, 2 - blank))
    span = function.location(node.start, node.start + len(name)).span
    edit = Edit(path, span.start, span.end, f"Expiring{name}")
    title = "Refuse tokens without an expiry in a verifier of your own (decide where it lives)"
    return Proposal(title, Safety.REVIEW, (added, edit))


def _is_imported(function: Function, name: str) -> bool:
    module = function.file.module
    bound = module.facts.names.get(name, ())
    return len(bound) == 1 and module.facts.values[bound[0]].op == "import"


def _is_free(function: Function, name: str) -> bool:
    """Tell whether the names that the patch binds mean nothing else in the file."""
    module = function.file.module
    others = (module.facts.values[value] for value in module.facts.names.get("AccessToken", ()))
    return f"Expiring{name}" not in module.facts.names and all(
        node.op == "import" and node.text.endswith("|AccessToken") for node in others
    )
