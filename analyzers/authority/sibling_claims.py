"""Tools whose callers name whose data they use, where other tools of the server take that from the verified token."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set

from analyzers.authority.claimed import OPEN, Claimed, keying_parameter
from analyzers.authority.grants import words
from analyzers.authority.rows import Row
from analyzers.flow.labels import MARK, key_of
from analyzers.frameworks.identity import IDENTITY_PARAMETERS
from analyzers.project.program import Function, Program

# A token says who calls by several names.
PERSONS = frozenset({"user", "sub", "subject", "email", "owner", "principal", "username", "uid", "oid"})
# Grants of those who act for others.
OVERSEEING = ("admin", "operator", "superuser", "impersonat", "support", "root", "any", "all")
FEW = 2
# What tokens say of callers and tools are asked about others as well: a parameter of the name need not be the caller's.
UNSURE = frozenset(
    {"user", "name", "client", "scope", "scopes", "claims", "role", "roles", "group", "groups", "locale", "type"}
)


def stated_claims(program: Program, rows: Iterable[Row]) -> Iterator[Claimed]:
    """Yield what checked tools let their callers state that several tools beside them read from the token.

    Whoever may call such a tool for itself may call it for everybody.
    """
    beside: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    checked: list[Row] = []
    for row in rows:
        for name in _claims(row):
            beside[row.entry.server.id, _noun(name)][row.key] = name
        if row.is_remote and row.authorization.kind not in OPEN and not _oversees(row):
            checked.append(row)
    for row in checked:
        nouns = {noun for server, noun in beside if server == row.entry.server.id}
        for name, found in (*_sent(program, row, nouns), *_stated(row, nouns)):
            others = beside[row.entry.server.id, _noun(name)]
            if len(others.keys() - {row.key}) >= FEW:
                yield found._replace(claim=min(others.values()))
                break


def _stated(row: Row, nouns: Set[str]) -> Iterator[tuple[str, Claimed]]:
    """Yield what callers name that may be whose data it is, by its name: `nouns` are what tokens say."""

    def names_owner(name: str) -> bool:
        is_told = _noun(name) in nouns and _noun(name) not in UNSURE
        return is_told or name in IDENTITY_PARAMETERS

    found = keying_parameter(row, names_owner)
    if found is not None and not _is_compared(found):
        yield found.function.facts.parameters[found.parameter].name, found
    branch = row.entry.branch
    first = branch.first() if branch is not None else None
    if branch is None or first is None:
        return
    keys = {key_of(label) for effect in row.effects if effect.rank for label in effect.arguments if MARK in label}
    for key in sorted(keys - {""}):
        if _noun(key) not in row.name.lower() and not key.startswith("."):
            source = f"the argument `{key}`"
            yield key, Claimed(row, source, "keys", branch.function, first.start, first.end)


def _sent(program: Program, row: Row, nouns: Set[str]) -> Iterator[tuple[str, Claimed]]:
    """Yield headers that say whose data it is: `headers.get("x-tenant") or claims["tenant"]`."""
    labels = {label for effect in row.effects if effect.rank for label in effect.arguments}
    for label in sorted(labels):
        kind, _, name = label.removeprefix("held:").partition(":")
        said = name.removeprefix("x-").replace("-", "_")
        if kind != "header" or _noun(said) not in nouns or _noun(said) in UNSURE - {"user"}:
            continue
        for function, value in _readings(program, name):
            node = function.facts.values[value]
            yield said, Claimed(row, f"the header `{name}`", "keys", function, node.start, node.end)
            break


def _readings(program: Program, header: str) -> Iterator[tuple[Function, int]]:
    """Yield where a header is read by its name."""
    for function in program.functions():
        for index, node in enumerate(function.facts.values):
            named = function.facts.values[node.args[1]] if node.op in ("call", "index") and len(node.args) > 1 else node
            if named is not node and named.op == "str" and named.text.lower() == header:
                yield function, index


def _claims(row: Row) -> Iterator[str]:
    for effect in row.effects:
        for label in effect.arguments if effect.rank else ():
            if label.startswith("claim:"):
                yield label.removeprefix("claim:")


def _noun(name: str) -> str:
    noun = name.lower().removesuffix("id").rstrip("_").rpartition("_")[2]
    return "user" if noun in PERSONS else noun


def _oversees(row: Row) -> bool:
    """Tell whether a tool asks for a grant of those who act for others."""
    asked = words(row.requires).lower()
    return any(word in asked for word in OVERSEEING)


def _is_compared(found: Claimed) -> bool:
    """Tell whether a check of the caller depends on the parameter: it may be compared with the claim."""
    label = f"{found.function.id}{MARK}{found.parameter}"
    return any(
        label in item
        for effect in found.row.effects
        for guard in effect.guards
        if guard.kind == "check"
        for item in guard.subject
    )
