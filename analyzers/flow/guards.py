"""What is known to hold at a point: conditions that were decided on every path, and calls that returned.

A guard is a denying branch: the point is only reached when a condition came out one way. It is a `check` when the
condition depends on a verified identity and on a subject (this tool's name, a scope, a resource). Other kinds:
`authenticated` (an identity exists, nothing more), `open` (a check that is passed without an identity), `mode` (a
switch of the process), `url` (a condition on a destination), `listed` (one that counts where no caller has a part in
what the value is compared `against`), `named` (a call that could not be resolved and is named
like a guard), `string` (membership in one string, which is a substring test), `chosen` (a check for whatever the caller
names), `absent` (there is no identity),
`selected` (a condition on the tool or its arguments alone), `local` (no HTTP request is being handled, so that nobody
else calls), `proved` (the credential that is its subject was found to be right).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from analyzers.flow.labels import TOOL, Labels, is_chosen


class Guard(NamedTuple):
    """One thing known to hold. `subject` holds constants as `const:x`, `tool`, and parameters' labels.

    `any_of` tells that one of the constants is enough.
    """

    kind: str
    claim: str = ""
    subject: Labels = frozenset()
    note: str = ""
    any_of: bool = False
    against: Labels = frozenset()


class Place(NamedTuple):
    """Where a guard stands: path, line, and the name of the function around it."""

    path: str
    line: int
    symbol: str


class Wanted(msgspec.Struct, frozen=True):
    """A kind of result: `true`, `false`, `none` or `some` (anything else).

    `part` is the position, the constant key or the field of the part that is of this kind, "" for the whole.
    """

    kind: str
    part: str = ""


Guards = Mapping[Guard, Place]
EMPTY: Guards = {}
TRUE, FALSE = Wanted("true"), Wanted("false")
PROVED = "proved"
# The note of a proof by a signature, not by a comparison.
SIGNED = "signed"
# The note of one by what is kept under a credential.
FOUND = "found"
WITH_IDENTITY = "of callers with a token"
FOR_TOOL = "of this tool"
# The subject of a check that no caller passes.
NOBODY = "nobody"
# Notes of addresses that are known to be one of those meant, as a whole or in the part that names the host.
WHOLE, PART = "holds", "holds in part"


def is_absence(guards: Guards) -> bool:
    """Tell whether nothing is known but that there is no identity."""
    return all(guard.kind == "absent" for guard in guards)


def is_local(guards: Guards) -> bool:
    """Tell whether a point is only reached where no HTTP request is being handled."""
    return "local" in {guard.kind for guard in guards} if guards else False


def positive(operator: str, truth: bool) -> bool:
    """Tell whether a comparison of known outcome says that its sides match."""
    if operator in ("==", "in", "is", "<=", ">=", "<", ">"):
        return truth
    return not truth


def intersection(results: Sequence[Guards]) -> dict[Guard, Place]:
    """Return what holds in every one of several cases."""
    if not results:
        return {}
    first, *others = results
    return {guard: place for guard, place in first.items() if all(guard in other for other in others)}


def _in_part(case: Guards) -> Guards:
    """Return what holds with what holds of the parts of a text that is known as a whole."""
    whole = {guard._replace(note=PART): place for guard, place in case.items() if guard.note == WHOLE}
    return {**whole, **case} if whole else case


def checked_each(cases: Sequence[Guards]) -> dict[Guard, Place]:
    """Return what holds in every case; where each has its own check, that one of them is passed.

    `if "admin" in scopes: return` and `if needed not in scopes: raise` let nobody pass who holds neither.
    """
    if any(guard.note == PART for case in cases for guard in case):
        cases = [_in_part(case) for case in cases]
    found = intersection(cases)
    if any(guard.kind == "check" for guard in found):
        return found
    checks = [next(((guard, where) for guard, where in case.items() if guard.kind == "check"), None) for case in cases]
    each = [check for check in checks if check is not None]
    if each and len(each) == len(cases):
        guard, where = next((check for check in each if any(map(is_chosen, check[0].subject))), each[-1])
        found[_either([check for check, _ in each], guard)] = where
    return found


def _either(checks: Sequence[Guard], main: Guard) -> Guard:
    """Return a check that says that one of several is passed, by their grants where each asks for one."""
    named = all(len(check.subject) == 1 or TOOL in check.subject for check in checks)
    claims = " or ".join(dict.fromkeys(check.claim for check in checks if check.claim))
    grants = frozenset().union(*(check.subject for check in checks))
    plain = all(label.startswith("const:") or label == TOOL or is_chosen(label) for label in grants)
    return main._replace(claim=claims, subject=grants, any_of=True) if named and plain and len(grants) > 1 else main


def let_through(calls: Sequence[Guards]) -> dict[Guard, Place]:
    """Return what holds at every way through a wrapper or middleware.

    The way of a caller without identity does not undo the check of the others, which is noted: it is none where
    connections must present a token. Nor does a way that only the tool or its arguments open (an unknown action that
    the tool itself refuses).
    """
    calls = [guards for guards in calls if not is_local(guards)] or calls
    everywhere = intersection(calls)
    if any(guard.kind == "check" for guard in everywhere):
        return everywhere
    anonymous = [guards for guards in calls if any(guard.kind == "absent" for guard in guards)]
    others = [guards for guards in calls if guards not in anonymous]
    checked = [guards for guards in others if any(guard.kind == "check" for guard in guards)]
    selected = [
        guards for guards in others if guards not in checked and any(guard.kind == "selected" for guard in guards)
    ]
    if not checked or len(checked) + len(selected) < len(others):
        return everywhere
    best = next((guards for guards in checked if any(TOOL in guard.subject for guard in guards)), checked[0])
    # A way that every call may take is enough, whatever is asked on the others.
    ways = [guards for guards in checked if guards is not best and all(guard.kind != "selected" for guard in guards)]
    if ways:
        best = checked_each([*ways, best])
    note = WITH_IDENTITY if anonymous else ""
    noted = {guard._replace(note=note) if guard.kind == "check" else guard: place for guard, place in best.items()}
    return {**everywhere, **noted}
