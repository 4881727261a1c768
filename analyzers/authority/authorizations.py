"""Who may call an entry point, by the checks that hold around its handler and inside of it."""

from analyzers.authority.entry_effects import EntryReader
from analyzers.authority.row_texts import owned_by_caller
from analyzers.authority.servers import ServerState
from analyzers.finding import Authorization
from analyzers.flow.effects import Effect
from analyzers.flow.guards import FOR_TOOL, WITH_IDENTITY, Guard, Guards, Place
from analyzers.flow.labels import TOOL
from analyzers.project.servers import EntryPoint


def authorization_of(
    entry: EntryPoint,
    state: ServerState,
    effects: tuple[Effect, ...],
    guards: tuple[Guards, Guards],
) -> Authorization:
    """Return who may call an entry point, by what holds around its handler and inside of it."""
    around, inside = guards
    registered = _registered(entry, around)
    if registered is not None:
        return registered
    check = best(inside)
    if check is not None:
        guard, place = check
        return Authorization("per_tool", f"{place.symbol}, {place.path}:{place.line}", guard.claim or guard.note)
    uniform = best(around)
    if uniform is not None:
        guard, place = uniform
        return Authorization("uniform", f"{place.symbol}, {place.path}:{place.line}", guard.claim)
    if entry.handler is None:
        return Authorization("unresolved")
    return _elsewhere(state if state.verifies(entry) else None, effects, inside)


def _registered(entry: EntryPoint, around: Guards) -> Authorization | None:
    for guard, place in around.items():
        specific = (
            TOOL in guard.subject or guard.note == FOR_TOOL or any(label.startswith("tag:") for label in guard.subject)
        )
        if guard.kind == "check" and (specific or "auth" in entry.keywords):
            return Authorization("per_tool", f"{place.symbol}, {place.path}:{place.line}", guard.claim)
    return None


def _elsewhere(state: ServerState | None, effects: tuple[Effect, ...], inside: Guards) -> Authorization:
    mattering = [effect for effect in effects if effect.rank > 0]
    if mattering and all(owned_by_caller(effect) for effect in mattering):
        return Authorization("downstream", "", "the caller's own credential")
    if state is not None and state.scopes:
        return Authorization("uniform", state.authentication, ", ".join(state.scopes))
    mode = next(((guard, place) for guard, place in inside.items() if guard.kind == "mode"), None)
    if mode is not None:
        flag = ", ".join(sorted(label.partition(":")[2] for label in mode[0].subject))
        return Authorization("mode_gate", f"{mode[1].path}:{mode[1].line}", flag)
    return Authorization("none")


def held_inside(reader: EntryReader, entry: EntryPoint, effects: tuple[Effect, ...]) -> dict[Guard, Place]:
    """Return what holds at every effect that matters, or, where none is known, when the handler returns.

    What was read is told only in the result: for reading, a check before the return is early enough.
    """
    mattering = [effect for effect in effects if effect.rank > 0] or (list(effects) if entry.branch else [])
    if mattering:
        late = authorizing(reader.flow.on_return(entry.handler)) if entry.handler else {}
        checked = [
            authorizing(effect.guards) or (late if effect.kind.startswith("read") else {}) for effect in mattering
        ]
        if all(checked):
            return {**mattering[0].guards, **checked[0]}
        common = {
            guard: place
            for guard, place in mattering[0].guards.items()
            if all(guard in effect.guards for effect in mattering)
        }
        return {guard: place for guard, place in common.items() if guard.kind not in ("check", "named")}
    handler = entry.handler if entry.branch is None else entry.inner
    return {**reader.wrapped(entry), **reader.flow.on_return(handler)} if handler is not None else {}


def held_everywhere(effects: tuple[Effect, ...], inside: Guards) -> list[Guard]:
    """Return the checks that hold at every effect that matters, those at the first where none is common to all."""
    checks = [guard for guard in inside if guard.kind == "check"]
    mattering = [effect for effect in effects if effect.rank > 0 and authorizing(effect.guards)]
    common = [guard for guard in checks if all(guard in effect.guards for effect in mattering)]
    return common or checks


def settled(guards: Guards, *, with_tokens: bool) -> dict[Guard, Place]:
    """Decide checks that only callers with a token meet: checks where connections need one, else open ways."""
    kind = "check" if with_tokens else "open"
    return {
        guard._replace(kind=kind, note="") if guard.note == WITH_IDENTITY else guard: place
        for guard, place in guards.items()
    }


def authorizing(guards: Guards) -> dict[Guard, Place]:
    """Return the guards that authorize: checks, and calls that are named like one."""
    return {guard: place for guard, place in guards.items() if guard.kind in ("check", "named")}


def best(guards: Guards) -> tuple[Guard, Place] | None:
    """Return the guard that says most about who may call: a check before a name."""
    found = sorted(authorizing(guards).items(), key=lambda item: (item[0].kind != "check", item[1]))
    return found[0] if found else None
