"""One row for every entry point, with everything the rules ask about it."""

from collections.abc import Callable, Iterator

import msgspec

from analyzers.authority.auditing import Audit, Audited
from analyzers.authority.authorizations import authorization_of, held_everywhere, held_inside, settled
from analyzers.authority.entry_effects import EntryReader, capability_of, names_in
from analyzers.authority.grants import THIS_TOOL, Clauses, clauses_of
from analyzers.authority.gravity import gravest
from analyzers.authority.hook_calls import guards_for
from analyzers.authority.idle_handlers import asks_unknown, changes_nothing, reads_kept
from analyzers.authority.memory import stays_in_memory
from analyzers.authority.own_checks import is_checked
from analyzers.authority.preparing import prepared
from analyzers.authority.proofs import held_at_each, proved_at, without_lookups
from analyzers.authority.recorded_before import audit_before
from analyzers.authority.registered_checks import registered_check
from analyzers.authority.route_guards import RouteGuards
from analyzers.authority.servers import ServerReader, ServerState
from analyzers.authority.typed_arguments import TypedArguments
from analyzers.finding import Authorization, Confidence
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Guard, Guards, Place, is_local
from analyzers.flow.summaries import Flow
from analyzers.flow.wrappers import may_refuse, switch_around
from analyzers.frameworks import sinks
from analyzers.frameworks.mcp import Framework, Transport
from analyzers.project.dispatch import called_names
from analyzers.project.program import Function
from analyzers.project.servers import UNRESOLVED, EntryPoint, in_sentence
from analyzers.project.surface import Surface
from analyzers.project.targets import Reference
from analyzers.project.wrapping import decorations, decorators_inside, is_wrapper, wrappers_of

NOTHING = "read-public"
WRITES = "write"


class Row(msgspec.Struct, eq=False):
    """The authority of one entry point.

    `effects` are restated for the caller: the handler's parameters that a caller controls keep their labels. `local`
    are those of a server that others reach which only happen where no HTTP request is being handled. `checks` are the
    guards that authorize, by effect-independent place; `open_checks` those that no identity passes by.
    `requires` is what they ask of the caller, `shared` whether other entry points of the server ask for the same, and
    `outranks` whether all those do less.
    `rank` is the highest capability, `sure` false when only names speak for it. `typed` are arguments that are no text.
    `proved` is where the tool asks for a valid credential itself, as nothing in front of its server does.
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
    outranks: bool = False
    local: tuple[Effect, ...] = ()
    typed: frozenset[str] = frozenset()
    proved: Place | None = None

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

    @property
    def title(self) -> str:
        """The name as sentences show it, of one that is not seen that of the function that runs it."""
        handler = self.entry.handler
        if self.entry.name != UNRESOLVED or handler is None:
            return in_sentence(self.entry.name)
        return f"`{handler.facts.name}` (for a {self.entry.kind} whose name is not known)"

    def confidence(self) -> Confidence:
        """Return how sure the row is: transport, names that speak for effects and unresolved parts lower it."""
        steps = {"http": 0, "stdio": 0, "both": 1, "unknown": 2}[self.state.transport]
        steps += len(self.unresolved) + (0 if self.sure else 1)
        return Confidence.HIGH.lowered(steps)

    def first_effect(self) -> Effect | None:
        """Return the first effect of the highest rank, rather one that is sure and that a caller has a part in."""
        return gravest(self.effects)


class RowReader:
    """Builds the rows of a surface; `known` is what was found before of functions, and still holds."""

    def __init__(self, flow: Flow, surface: Surface, known: Audited = Audited()) -> None:
        self.flow = flow
        self.surface = surface
        self.servers = ServerReader(flow, surface, known)
        self.entries = EntryReader(flow)
        self.typed = TypedArguments(flow)
        self.routes = RouteGuards(self.servers)

    def rows(self, is_asked: Callable[[EntryPoint], bool] | None = None) -> list[Row]:
        """Return a row for each entry point, or those that are asked about, ordered by server, kind and name."""
        found = [self.row(entry) for entry in self.surface.entries if is_asked is None or is_asked(entry)]
        found.sort(key=lambda row: (row.entry.server.id, row.entry.kind, row.entry.name, row.entry.declared.value))
        asked: dict[tuple[str, Clauses], list[int]] = {}
        for row in found:
            if row.requires:
                asked.setdefault((row.entry.server.id, row.requires), []).append(row.rank)
        for row in found:
            ranks = sorted(asked.get((row.entry.server.id, row.requires), ()))
            row.shared = len(ranks) > 1
            own = (THIS_TOOL,) in row.requires
            row.outranks = row.shared and not own and row.rank == ranks[-1] > ranks[-2]
        return found

    def row(self, entry: EntryPoint) -> Row:
        """Return the row of one entry point."""
        state = self.servers.state(entry.server)
        tokens = state.verifies(entry)
        scopes = state.scopes if tokens else ()
        done = prepared(
            entry,
            [
                effect._replace(guards=settled(effect.guards, with_tokens=tokens))
                for effect in self.entries.effects(entry)
            ],
        )
        local = tuple(effect for effect in done if state.transport != "stdio" and is_local(effect.guards))
        effects = tuple(effect for effect in done if effect not in local) if local else tuple(done)
        of_all, of_some = self.routes.of(entry)
        around = settled({**of_all, **self._around(entry, state)}, with_tokens=tokens)
        inside = {**settled(of_some, with_tokens=tokens), **held_inside(self.entries, entry, effects)}
        capability, sure = self._capability(entry, effects, local)
        unresolved = tuple(self._unresolved(entry, state))
        authorization = authorization_of(entry, state, effects, (around, inside))
        proved = None if state.authenticates(entry) else self._proved(entry, effects, {**around, **inside})
        if proved is not None and authorization.kind in ("none", "mode_gate"):
            authorization = Authorization("uniform", f"{proved.symbol}, {proved.path}:{proved.line}", "credential")
        if authorization.kind == "none":
            authorization = self._optionally(entry) or authorization
        if authorization.kind == "none" and entry.server.framework is Framework.JSON_RPC and is_checked(entry):
            authorization = Authorization("unresolved")
        return Row(
            entry=entry,
            state=state,
            effects=effects,
            authorization=authorization,
            guards=around,
            requires=clauses_of((*around, *held_everywhere(effects, inside)), scopes, entry.name),
            audit=self._audit(entry, state),
            rank=sinks.RANKS.get(capability, 0),
            capability=capability,
            sure=sure,
            unresolved=unresolved,
            truncated=self.entries.is_cut(entry),
            local=local,
            typed=self.typed.of(entry),
            proved=proved,
        )

    def _capability(
        self, entry: EntryPoint, effects: tuple[Effect, ...], local: tuple[Effect, ...]
    ) -> tuple[str, bool]:
        """Return the gravest that an entry point can do, by its name where its code leaves that open."""
        capability, sure = capability_of(entry, effects) if effects or not local else (NOTHING, True)
        rank = sinks.RANKS.get(capability, 0)
        if effects:
            named = sinks.suggested(entry.name) if entry.kind == "tool" and entry.branch is None else ""
            is_open = rank < sinks.RANKS[WRITES] <= sinks.RANKS.get(named, 0) and asks_unknown(self.flow, entry)
            return (named, False) if is_open else (capability, sure)
        if rank > 0 or entry.name == UNRESOLVED:
            return self._without_effects(entry, capability, sure=sure)
        return capability, sure

    def _without_effects(self, entry: EntryPoint, capability: str, *, sure: bool) -> tuple[str, bool]:
        """Return what an entry point can do whose name speaks for it alone, as far as its code says otherwise."""
        if changes_nothing(self.flow, entry):
            return ("read-private", False) if reads_kept(self.flow, entry) else (NOTHING, True)
        if sinks.RANKS[capability] > sinks.RANKS[WRITES] and stays_in_memory(self.flow, entry):
            return WRITES, sure
        # Whatever runs under a name that is not seen either may be anything.
        return ("read-private", False) if capability == NOTHING and entry.handler is not None else (capability, sure)

    # Authorization

    def _proved(self, entry: EntryPoint, effects: tuple[Effect, ...], guards: Guards) -> Place | None:
        """Return where the credential of whoever calls was found to be right, None where it is not asked."""
        others = without_lookups(entry, effects)
        if len(others) < len(effects):
            guards = {**guards, **held_inside(self.entries, entry, others), **held_at_each(others)}
        return proved_at(self.flow, entry, guards)

    def _around(self, entry: EntryPoint, state: ServerState) -> dict[Guard, Place]:
        """Return what middleware and the registration make hold before the handler runs."""
        found: dict[Guard, Place] = {}
        if entry.kind == "tool":
            for hook in state.hooks:
                if not hook.tag or hook.tag in self._tags(entry):
                    found.update(guards_for(self.flow, hook, entry.name))
        if "auth" in entry.keywords:
            function = entry.declared.function
            place = self.flow.guards.place(function, entry.declared.node.start)
            found.update(registered_check(self.flow, function, entry.keywords["auth"], place)[0])
        return found

    def _tags(self, entry: EntryPoint) -> list[str]:
        value = entry.keywords.get("tags", -1)
        function = entry.declared.function
        if value < 0:
            return []
        return [text for item in function.facts.values[value].args if (text := self.flow.resolver.text(function, item))]

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
        for applied in self._optional_checks(entry):
            line = applied.function.line_of(applied.value)
            yield f"the check on line {line} is put around it only under a condition"
        if self.entries.is_cut(entry):
            yield "it does more than the analysis follows"

    def _optionally(self, entry: EntryPoint) -> Authorization | None:
        """Return who may call a handler that is checked in some runs only, None for one that is checked in none."""
        checks = self._optional_checks(entry)
        if not checks:
            return None
        switch = switch_around(self.flow, checks[0])
        if switch is None:
            return Authorization("unresolved")
        place, name = switch
        return Authorization("mode_gate", f"{place.path}:{place.line}", name)

    def _optional_checks(self, entry: EntryPoint) -> list[Reference]:
        """Return the checks that a registration puts around a handler in some runs of the program only."""
        return [applied for applied in entry.optional if may_refuse(self.flow, applied)]

    def _unknown_decorators(self, function: Function) -> Iterator[str]:
        """A decorator below the registration that leads nowhere may do anything."""
        for applied in decorators_inside(function):
            node, scope = applied.node, applied.function
            callee = node.args[0] if node.op == "call" else applied.value
            if not self.flow.resolver.resolve(scope, callee):
                yield f"the decorator on line {scope.line_of(applied.value)} was not found"

    def _audit(self, entry: EntryPoint, state: ServerState) -> Audit:
        audit = state.audit if entry.kind != "route" else state.requests_audit
        if audit.tool and audit.subject:
            return audit
        resolver, audits = self.flow.resolver, self.servers.audits
        registered = [wrapper for applied in entry.around for wrapper in wrappers_of(resolver, applied)]
        handlers = dict.fromkeys(handler for handler in (entry.handler, entry.inner) if handler is not None)
        decorated = [wrapper for handler in handlers for wrapper in decorations(resolver, handler)]
        for wrapper in (*registered, *decorated):
            audit = audit.joined(audits.around(wrapper.body, wraps=True))
        if entry.handler is None:
            return audit
        if entry.branch is not None:
            for function in dict.fromkeys((*(step.function for step in entry.branch.via), entry.branch.function)):
                audit = audit.joined(audits.of(function, subject=frozenset(names_in(entry.branch, function))))
        elif entry.server.framework is Framework.LOW_LEVEL:
            audit = audit.joined(audits.of(entry.handler, subject=called_names(entry.handler)))
        if is_wrapper(entry.handler):
            audit = audit.joined(audits.around(entry.handler, wraps=True))
        if entry.server.framework is Framework.JSON_RPC and not audit.tool:
            audit = audit.joined(audit_before(self.servers, entry))
        return audit.joined(audits.of(entry.handler, names_tool=True))
