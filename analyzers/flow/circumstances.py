"""What stands around a call, asked once each, however many effects the call has."""

from functools import cached_property

from analyzers.facts import Event
from analyzers.flow.buffers import saves_in_memory
from analyzers.flow.covering import is_failing
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Guards
from analyzers.flow.once import is_done_once
from analyzers.flow.optional import OptionalReader
from analyzers.flow.optional_proofs import proofs
from analyzers.flow.upkeep import is_expired
from analyzers.frameworks.files import FOLDER_REMOVERS, PATHS
from analyzers.frameworks.sinks import query_root
from analyzers.project.program import Function


class Circumstances:
    """What is known of a call of a function, whatever it does."""

    def __init__(self, optional: OptionalReader, function: Function, event: Event) -> None:
        self._reader = optional
        self._resolver = optional.guards.resolver
        self._function = function
        self._event = event

    def of(self, effect: Effect) -> Effect:
        """Return an effect of the call with what its circumstances say of it."""
        rank = effect.rank
        kind = self._kind(effect)
        once = effect.once or (rank > 1 and not effect.method and self._is_done_once)
        failing = effect.failing or (rank > 1 and self._is_failing)
        held = self._optional if effect.url or effect.operands else self._proofs if rank > 0 else {}
        if not held and (kind, once, failing) == (effect.kind, effect.once, effect.failing):
            return effect
        return effect._replace(kind=kind, once=once, failing=failing, guards={**held, **effect.guards})

    def _kind(self, effect: Effect) -> str:
        if effect.kind == "destroy" or effect.name in FOLDER_REMOVERS:
            outdated = "read-public" if effect.name in PATHS else "write" if query_root(effect.name) else ""
            if outdated and self._is_expired:
                return outdated
        if effect.kind == "write" and not effect.via and self._is_in_memory:
            return "read-public"
        return effect.kind

    @cached_property
    def _optional(self) -> Guards:
        """Conditions that hold unless something else does."""
        return self._reader.before(self._function, self._function.event_of(self._event.value))

    @cached_property
    def _proofs(self) -> Guards:
        return proofs(self._optional)

    @cached_property
    def _is_done_once(self) -> bool:
        return is_done_once(self._resolver, self._function, self._event)

    @cached_property
    def _is_failing(self) -> bool:
        return is_failing(self._function, self._event)

    @cached_property
    def _is_expired(self) -> bool:
        return is_expired(self._resolver, self._function, self._event)

    @cached_property
    def _is_in_memory(self) -> bool:
        return saves_in_memory(self._resolver, self._function, self._function.facts.values[self._event.value])
