"""One row for every entry point, with everything the rules ask about it."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from analyzers.authority.auditing import Audit
from analyzers.authority.grants import Clauses, clauses_of
from analyzers.authority.plain_types import is_safe
from analyzers.authority.row_texts import authentication_text, credential_texts, destination_text, owned_by_caller
from analyzers.authority.servers import ServerReader, ServerState
from analyzers.finding import Authorization, Confidence, ToolRow
from analyzers.flow.effects import Effect
from analyzers.flow.guards import WITH_IDENTITY, Guard, Guards, Place
from analyzers.flow.labels import MARK, NONE, TOOL, Labels
from analyzers.flow.summaries import Flow
from analyzers.flow.wrappers import applied_guards
from analyzers.frameworks import sinks
from analyzers.frameworks.mcp import Transport
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint
from analyzers.project.surface import Surface
from analyzers.project.wrapping import decorations, decorators_inside, wrappers_of


class Row(msgspec.Struct, eq=False):
    """The authority of one entry point.

    `effects` are restated for the caller: the handler's parameters that a caller controls keep their labels. `checks`
    are the guards that authorize, by effect-independent place; `open_checks` those that no identity passes by.
    `requires` is what they ask of the caller, `shared` whether other entry points of the server ask for the same.
    `rank` is the highest capability, `sure` false when only names speak for it.
    """

    entry: EntryPoint
    state: ServerState
    effects: tuple[Effect, ...]
    authorization: Authorization
    guards: dict[Guard, Place]
    requires: Clauses
    audit: Audit
    rank: int
    capability: str
    sure: bool
    unresolved: tuple[str, ...]
    truncated: bool = False
    shared: bool = False

    @property
    def transport(self) -> Transport:
        """`stdio`, `http`, `both` or `unknown`."""
        return self.state.transport

    @property
    def is_remote(self) -> bool:
        """Whether a caller over the network may reach it; unknown counts."""
        return self.state.transport != "stdio"

    @property
    def key(self) -> str:
        """The `server:name` of reports."""
        return self.entry.key

    @property
    def name(self) -> str:
        """The name that callers use."""
        return self.entry.name

    def confidence(self) -> Confidence:
        """Return how sure the row is: transport, names that speak for effects and unresolved parts lower it."""
        steps = {"http": 0, "stdio": 0, "both": 1, "unknown": 2}[self.state.transport]
        steps += len(self.unresolved) + (0 if self.sure else 1)
        return Confidence.HIGH.lowered(steps)

    def first_effect(self) -> Effect | None:
        """Return the first effect of the highest rank."""
        return max(self.effects, key=lambda effect: effect.rank, default=None)


class RowReader:
    """Builds the rows of a surface."""

    def __init__(self, flow: Flow, surface: Surface) -> None:
        self.flow = flow
        self.surface = surface
        self.servers = ServerReader(flow, surface)

    def rows(self) -> list[Row]:
        """Return a row for each entry point, ordered by server, kind and name."""
        found = [self.row(entry) for entry in self.surface.entries]
        found.sort(key=lambda row: (row.entry.server.id, row.entry.kind, row.entry.name, row.entry.declared.value))
        asked = Counter((row.entry.server.id, row.requires) for row in found if row.requires)
        for row in found:
            row.shared = asked[row.entry.server.id, row.requires] > 1
        return found

    def row(self, entry: EntryPoint) -> Row:
        """Return the row of one entry point."""
        state = self.servers.state(entry.server)
        tokens = bool(state.authentication)
        effects = tuple(
            effect._replace(guards=settled(effect.guards, with_tokens=tokens)) for effect in self._effects(entry)
        )
        around = settled(self._around(entry, state), with_tokens=tokens)
        inside = self._inside(entry, effects)
        capability, sure = self._capability(entry, effects)
        unresolved = tuple(self._unresolved(entry, state))
        return Row(
            entry=entry,
            state=state,
            effects=effects,
            authorization=self._authorization(entry, state, effects, (around, inside)),
            guards=around,
            requires=clauses_of((*around, *held_everywhere(effects, inside)), state.scopes, entry.name),
            audit=self._audit(entry, state),
            rank=sinks.RANKS.get(capability, 0),
            capability=capability,
            sure=sure,
            unresolved=unresolved,
            truncated=entry.handler is not None and self.flow.summary(entry.handler).truncated,
        )

    # Effects

    def _effects(self, entry: EntryPoint) -> Iterator[Effect]:
        if entry.handler is None:
            return
        bindings = self._bindings(entry)
        wrapped = self._wrapped(entry)
        naming = _naming_places(self.flow, entry)
        for effect in self._raw_effects(entry):
            yield effect._replace(
                url=self.flow.shapes.rebind(effect.url, {}, bindings),
                operands=tuple(
                    operand._replace(shape=self.flow.shapes.rebind(operand.shape, {}, bindings))
                    for operand in effect.operands
                ),
                credentials=self.flow.labeler.restate(effect.credentials, bindings),
                arguments=self.flow.labeler.substitute(effect.arguments, bindings),
                guards={
                    guard: place
                    for guard, place in (
                        *wrapped.items(),
                        *self.flow.guards.substitute(effect.guards, bindings).items(),
                        *_switches(effect.guards).items(),
                    )
                    if guard.kind != "url" or place not in naming
                },
            )

    def _wrapped(self, entry: EntryPoint) -> dict[Guard, Place]:
        """Return what holds because the registration wraps the handler."""
        return {guard: place for applied in entry.around for guard, place in applied_guards(self.flow, applied).items()}

    def _raw_effects(self, entry: EntryPoint) -> Iterable[Effect]:
        branch = entry.branch
        if branch is None or entry.handler is None:
            yield from self.flow.summary(entry.handler).effects if entry.handler is not None else ()
            return
        outer: dict[Guard, Place] = {}
        for function, event in branch.via:
            outer.update(self.flow.guards.at(function, event))
        if branch.handler is not None:
            outer.update(self.flow.guards.at(branch.function, branch.event))
            for effect in self.flow.summary(branch.handler).effects:
                yield effect._replace(guards={**outer, **effect.guards})
            return
        for call in branch.function.calls():
            if branch.is_alive(call):
                for effect in self.flow.effects_of(branch.function, call):
                    yield effect._replace(guards={**outer, **effect.guards})

    def _bindings(self, entry: EntryPoint) -> dict[str, Labels]:
        """Say of the handler's parameters which a caller cannot shape, and which is the name of the tool."""
        found: dict[str, Labels] = {}
        handler = entry.handler
        if handler is None:
            return found
        for index in range(len(handler.facts.parameters)):
            if is_safe(self.flow, handler, index):
                found[f"{handler.id}{MARK}{index}"] = NONE
        if entry.branch is not None:
            functions = [*(function for function, _ in entry.branch.via), entry.branch.function]
            for function in functions:
                for subject in self._subjects(entry, function):
                    found[f"{function.id}{MARK}{subject}"] = frozenset({TOOL})
        return found

    def _subjects(self, entry: EntryPoint, function: Function) -> Iterable[int]:
        branch = entry.branch
        if branch is not None and function is branch.function:
            return [subject for subject in branch.subject if subject < len(function.facts.parameters)]
        return [1 if function.facts.kind == "method" else 0]

    def _capability(self, entry: EntryPoint, effects: tuple[Effect, ...]) -> tuple[str, bool]:
        ranked = sorted(effects, key=lambda effect: (-effect.rank, not effect.sure))
        if ranked and ranked[0].rank > 0:
            return ranked[0].kind, ranked[0].sure
        if entry.dynamic and entry.server.generated:
            return "write", False
        suggested = sinks.vocabulary(entry.name) if entry.kind == "tool" and not ranked else ""
        if suggested:
            return suggested, False
        return (ranked[0].kind if ranked else "read-public"), True

    # Authorization

    def _around(self, entry: EntryPoint, state: ServerState) -> dict[Guard, Place]:
        """Return what middleware and the registration make hold before the handler runs."""
        found: dict[Guard, Place] = {}
        if entry.kind == "tool":
            for hook in state.hooks:
                if not hook.tag or hook.tag in self._tags(entry):
                    found.update(dict(hook.guards))
        if "auth" in entry.keywords:
            function = entry.declared.function
            place = self.flow.guards.place(function, entry.declared.node.start)
            found.update(self.servers.registered_check(function, entry.keywords["auth"], place)[0])
        return found

    def _tags(self, entry: EntryPoint) -> list[str]:
        value = entry.keywords.get("tags", -1)
        function = entry.declared.function
        if value < 0:
            return []
        return [text for item in function.facts.values[value].args if (text := self.flow.resolver.text(function, item))]

    def _authorization(
        self,
        entry: EntryPoint,
        state: ServerState,
        effects: tuple[Effect, ...],
        guards: tuple[Guards, Guards],
    ) -> Authorization:
        around, inside = guards
        registered = self._registered(entry, around)
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
        return self._elsewhere(state, effects, inside)

    def _registered(self, entry: EntryPoint, around: Guards) -> Authorization | None:
        for guard, place in around.items():
            specific = TOOL in guard.subject or any(label.startswith("tag:") for label in guard.subject)
            if guard.kind == "check" and (specific or "auth" in entry.keywords):
                return Authorization("per_tool", f"{place.symbol}, {place.path}:{place.line}", guard.claim)
        return None

    def _inside(self, entry: EntryPoint, effects: tuple[Effect, ...]) -> dict[Guard, Place]:
        """Return what holds at every effect that matters, or, where none is known, when the handler returns.

        What was read is told only in the result: for reading, a check before the return is early enough.
        """
        mattering = [effect for effect in effects if effect.rank > 0]
        if mattering:
            late = authorizing(self.flow.on_return(entry.handler)) if entry.handler and not entry.branch else {}
            checked = [
                authorizing(effect.guards) or (late if effect.kind == "read-private" else {}) for effect in mattering
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
        return {**self._wrapped(entry), **self.flow.on_return(handler)} if handler is not None else {}

    def _elsewhere(self, state: ServerState, effects: tuple[Effect, ...], inside: Guards) -> Authorization:
        mattering = [effect for effect in effects if effect.rank > 0]
        if mattering and all(owned_by_caller(effect) for effect in mattering):
            return Authorization("downstream", "", "the caller's own credential")
        if state.scopes:
            return Authorization("uniform", state.authentication, ", ".join(state.scopes))
        mode = next(((guard, place) for guard, place in inside.items() if guard.kind == "mode"), None)
        if mode is not None:
            flag = ", ".join(sorted(label.partition(":")[2] for label in mode[0].subject))
            return Authorization("mode_gate", f"{mode[1].path}:{mode[1].line}", flag)
        return Authorization("none")

    # What is not known, and what is recorded

    def _unresolved(self, entry: EntryPoint, state: ServerState) -> Iterator[str]:
        if entry.handler is None:
            yield "its handler was not found" if not entry.server.generated else "its operations come from outside"
        if self.surface.is_unknown(entry.server):
            yield "the server it is registered on was not found"
        if any(not hook.resolved for hook in state.hooks) and entry.kind == "tool":
            yield "a middleware of its server was not found"
        if entry.handler is not None and entry.decorated:
            yield from self._unknown_decorators(entry.handler)
        if entry.handler is not None and self.flow.summary(entry.handler).truncated:
            yield "it does more than the analysis follows"

    def _unknown_decorators(self, function: Function) -> Iterator[str]:
        """A decorator below the registration that leads nowhere may do anything."""
        for applied in decorators_inside(function):
            node, scope = applied.node, applied.function
            callee = node.args[0] if node.op == "call" else applied.value
            if not self.flow.resolver.resolve(scope, callee):
                yield f"the decorator on line {scope.line_of(applied.value)} was not found"

    def _audit(self, entry: EntryPoint, state: ServerState) -> Audit:
        audit = state.audit
        if entry.handler is None or (audit.tool and audit.subject):
            return audit
        resolver, audits = self.flow.resolver, self.servers.audits
        registered = [wrapper for applied in entry.around for wrapper in wrappers_of(resolver, applied)]
        handlers = dict.fromkeys(handler for handler in (entry.handler, entry.inner) if handler is not None)
        decorated = [wrapper for handler in handlers for wrapper in decorations(resolver, handler)]
        for wrapper in (*registered, *decorated):
            audit = audit.joined(audits.around(wrapper.body, wraps=True))
        if entry.branch is not None:
            for function in dict.fromkeys((*(outer for outer, _ in entry.branch.via), entry.branch.function)):
                subjects = frozenset(self._subjects(entry, function))
                subjects |= frozenset(entry.branch.subject) if function is entry.branch.function else frozenset()
                audit = audit.joined(audits.of(function, subject=subjects))
        return audit.joined(audits.of(entry.handler, names_tool=True))

    # The public row

    def public(self, row: Row) -> ToolRow:
        """Return the row as reports show it."""
        entry = row.entry
        handler = entry.handler
        place = (
            (handler.file.path, handler.line)
            if handler is not None and entry.branch is None
            else (entry.declared.function.file.path, entry.declared.function.line_of(entry.declared.value))
        )
        held = sorted({text for effect in row.effects for text in credential_texts(effect.credentials)})
        hosts = sorted({text for effect in row.effects if effect.url for text in [destination_text(effect)] if text})
        capabilities = sorted(
            {effect.kind for effect in row.effects} or {row.capability},
            key=lambda kind: (-sinks.RANKS.get(kind, 0), kind),
        )
        return ToolRow(
            server=entry.server.id,
            name=entry.name,
            kind=entry.kind,
            path=place[0],
            line=place[1],
            transport=row.transport,
            authentication=authentication_text(row.state),
            authorization=row.authorization,
            capabilities=tuple(capabilities),
            credentials=tuple(held),
            network=tuple(hosts),
            audit=str(row.audit),
            confidence=row.confidence(),
            unresolved=row.unresolved,
            requires=row.requires,
            shared=row.shared,
        )


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


def _switches(guards: Guards) -> dict[Guard, Place]:
    """Return the switches among guards: a caller turns one with a harmless value, too."""
    return {guard: place for guard, place in guards.items() if guard.kind == "switch" and guard.subject}


def _naming_places(flow: Flow, entry: EntryPoint) -> frozenset[Place]:
    """Return where a dispatcher compares the called name; that bounds nothing else in the same parameters."""
    branch = entry.branch
    if branch is None:
        return frozenset()
    compared = (
        branch.function.facts.values[event.value]
        for event in branch.function.facts.events
        if event.kind in ("true", "false")
    )
    return frozenset(
        flow.guards.place(branch.function, node.start)
        for node in compared
        if node.op == "compare" and node.args[0] in branch.subject
    )
