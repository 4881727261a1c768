"""One summary a function, solved bottom up over the call graph's components, recursion to a fixpoint."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from analyzers.facts import Event, Value
from analyzers.flow.alike import one_of_each
from analyzers.flow.arriving import on_each_way
from analyzers.flow.bindings import Bindings
from analyzers.flow.callbacks import Passed, call_of, called_parameter, given_of, handed_parameters, is_given
from analyzers.flow.cases import is_ruled_out, joined
from analyzers.flow.circumstances import Circumstances
from analyzers.flow.conditions import GuardReader
from analyzers.flow.deciding import deciding
from analyzers.flow.defaults import DefaultReader
from analyzers.flow.effects import Effect, EffectReader
from analyzers.flow.empty_arguments import without_empty
from analyzers.flow.guards import FALSE, TRUE, Guard, Guards, Place, Wanted, is_local
from analyzers.flow.handed import later_call, registers_job
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK, NONE, Labels, credentials_of, is_chosen, is_own
from analyzers.flow.optional import Case, OptionalReader
from analyzers.flow.prepared import is_made, made_of
from analyzers.flow.results import ResultReader
from analyzers.flow.rounds import FREE_ROUNDS, MAX_ROUNDS, comes_back, is_same, passes, weakened
from analyzers.flow.runners import run_elsewhere
from analyzers.flow.settling import settled
from analyzers.flow.shapes import Shape
from analyzers.flow.texts import cleared
from analyzers.flow.underway import Underway
from analyzers.flow.upkeep import renews_tokens
from analyzers.flow.urls import ShapeReader
from analyzers.flow.wrappers import wrapping_guards
from analyzers.project.callgraph import PLAIN, CallGraph
from analyzers.project.named import Named
from analyzers.project.program import Function, Program
from analyzers.project.refusals import end_refusals
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of, parameter_of

# How many effects of a function are told one by one, and how many are when those that say the same are told once.
FREE_EFFECTS = 128
MAX_EFFECTS = 192
MAX_VIA = 12


class Summary(msgspec.Struct, frozen=True):
    """What calling a function does, in terms of its parameters.

    `on_return`, `if_true` and `if_false` are what holds after a normal return, after a true and a false result.
    `passed` are the functions it is given and calls. `truncated` tells that a limit on size left something out.
    """

    returns: Labels = NONE
    on_return: tuple[tuple[Guard, Place], ...] = ()
    if_true: tuple[tuple[Guard, Place], ...] = ()
    if_false: tuple[tuple[Guard, Place], ...] = ()
    effects: tuple[Effect, ...] = ()
    passed: tuple[Passed, ...] = ()
    truncated: bool = False


BLANK = Summary()


class Solved(NamedTuple):
    """What was found of functions, by their ids: summaries, what they call, and how grave each call is."""

    summaries: Mapping[str, Summary] = MappingProxyType({})
    callees: Mapping[str, tuple[Function, ...]] = MappingProxyType({})
    ranks: Mapping[str, dict[int, int]] = MappingProxyType({})


class Flow:
    """The solved program: summaries, and the readers of labels, guards, shapes and effects that they are made of.

    `known` is what was found before and still holds.
    """

    def __init__(self, program: Program, named: Named | None = None, known: Solved = Solved()) -> None:
        self.program = program
        self.resolver = Resolver(program, named)
        end_refusals(program, self.resolver)
        self._graph = CallGraph(self.resolver, known.callees)
        self.labeler = Labeler(self.resolver, self)
        self.guards = GuardReader(self.labeler, self)
        self.shapes = ShapeReader(self.guards)
        self.defaults = DefaultReader(self.resolver)
        self.optional = OptionalReader(self.guards)
        self.results = ResultReader(self)
        self.effects = EffectReader(self.labeler, self.guards, self.shapes)
        self._summaries: dict[str, Summary] = dict(known.summaries)
        self.underway = Underway()
        self._solving: set[str] = set()
        # The functions that are called back right now, for those that are given themselves.
        self._steps: set[tuple[str, int, str]] = set()
        self._own_effects: dict[tuple[str, int], Effect | None] = {}
        self._ranks: defaultdict[str, dict[int, int]] = defaultdict(dict, known.ranks)

    @property
    def solved(self) -> Solved:
        """What was found so far."""
        callees = {identity: self.callees(self.program.function(identity)) for identity in self._summaries}
        return Solved(self._summaries, callees, {identity: self._ranks[identity] for identity in callees})

    def trim(self) -> None:
        """Let go of answers about single values, which can be found again; what is known of functions stays."""
        self.resolver.trim()
        self.labeler.trim()
        self.guards.trim()
        self.shapes.trim()
        self.optional.trim()
        self._own_effects.clear()

    # What labels and guards ask

    def returns(self, function: Function) -> Labels:
        """Return the labels of what a function returns."""
        return self.summary(function).returns

    def checked(self, function: Function, event: Event, labels: Labels) -> Labels:
        """Return labels of a value as what the checks that stand before an event found it to be."""
        if not any(MARK in label for label in labels):
            return labels
        return cleared(labels, self.guards.after(function, event.dominator))

    def decided(self, function: Function, value: int, operands: Sequence[Labels]) -> list[Labels]:
        """Return labels of the operands of a choice as what was found of each on its way.

        A credential that is only taken where nobody else calls is not told of the calls of others.
        """
        chosen = any(MARK in label for labels in operands for label in labels)
        if not chosen and not any(map(credentials_of, operands)):
            return list(operands)
        ways = on_each_way(self.guards, function, value)
        found = [cleared(labels, known) for labels, known in zip(operands, ways, strict=True)]
        return [
            labels - credentials_of(labels) if is_local(known) else labels
            for labels, known in zip(found, ways, strict=True)
        ]

    def on_return(self, function: Function) -> Guards:
        """Return what holds when a function has returned normally."""
        return dict(self.summary(function).on_return)

    def on_result(self, function: Function, wanted: Wanted) -> Guards:
        """Return what holds when a function gave a result of a kind."""
        summary = self.summary(function)
        if wanted == TRUE:
            return dict(summary.if_true)
        if wanted == FALSE:
            return dict(summary.if_false)
        return self.results.holding(function, wanted) if function.id not in self._solving else {}

    def summary(self, function: Function) -> Summary:
        """Return a function's summary, solving it and all that it calls first."""
        self.underway.asked(function.id)
        found = self._summaries.get(function.id)
        if found is not None and not self.underway.is_due(function.id):
            return found
        if function.id in self._solving:
            return BLANK
        for component in self._graph.components(function, self._is_settled):
            # Some are solved meanwhile, by what asked for them: for good where they asked nothing too early.
            if not all(one.id in self._summaries and not self.underway.is_hasty(one.id) for one in component):
                self._solve(component)
        return self._summaries[function.id]

    def _solve(self, component: list[Function]) -> None:
        identities = [function.id for function in component]
        begun = self.underway.begin(identities)
        self._solving.update(identities)
        waiting = set(identities)
        for number in range(MAX_ROUNDS):
            for function in reversed(component):
                if function.id in waiting:
                    waiting.discard(function.id)
                    waiting.update(self._solved_once(function, number))
            if not waiting:
                break
        else:
            self._cut(component)
        self._solving.difference_update(identities)
        self.underway.end(identities, begun)

    def _solved_once(self, function: Function, number: int) -> Iterable[str]:
        """Solve a function with what is known of others; return those to be solved again, because it changed."""
        self.labeler.forget(function)
        self.guards.forget(function)
        self.shapes.forget(function)
        self.optional.forget(function)
        self.results.forget(function)
        self._solving.discard(function.id)
        before = self._summaries.get(function.id)
        self._summaries.setdefault(function.id, BLANK)
        with self.underway.leaning(function.id):
            after = self._summarize(function)
        after = weakened(before, after) if before is not None and number > FREE_ROUNDS else after
        self._summaries[function.id] = after
        is_changed = before is None or not is_same(before, after)
        return self.underway.leaning_on(function.id) if is_changed else ()

    def _cut(self, component: list[Function]) -> None:
        """Tell of functions that call each other and came to no fixpoint that what is known of them is not all."""
        for function in component:
            self._summaries[function.id] = msgspec.structs.replace(self._summaries[function.id], truncated=True)

    def is_kept(self, function: Function, early: int) -> bool:
        """Tell whether an answer about a function is one, given how much was asked too early before it was sought."""
        return self.underway.early == early or function.id in self.underway

    def callees(self, function: Function) -> tuple[Function, ...]:
        """Return the functions of the program that a function calls, hands on or awaits."""
        return self._graph.callees(function)

    def _is_settled(self, function: Function) -> bool:
        solved = function.id in self._summaries and not self.underway.is_due(function.id)
        return solved or function.id in self._solving

    # One function

    def _summarize(self, function: Function) -> Summary:
        effects, passed, truncated = self._collected(function)
        if renews_tokens(function):
            effects = [_as_upkeep(effect) for effect in effects]
        around = wrapping_guards(self, function)
        if around:
            effects = [effect._replace(guards={**effect.guards, **around}) for effect in effects]
        returns = deciding(self.labeler, function)
        for event in function.facts.events:
            if event.kind in ("return", "yield") and event.value >= 0:
                returns |= self.checked(function, event, self.labeler.labels(function, event.value))
        return Summary(
            returns=returns,
            on_return=tuple({**self._normal(function), **around}.items()),
            if_true=tuple(self.results.holding(function, TRUE).items()),
            if_false=tuple(self.results.holding(function, FALSE).items()),
            effects=_undominated(effects)[: 2 * MAX_EFFECTS],
            passed=tuple(passed),
            truncated=truncated or any(self._is_truncated(callee) for callee in self.callees(function)),
        )

    def _collected(self, function: Function) -> tuple[list[Effect], list[Passed], bool]:
        """Return the effects of all calls, what is called back, and whether a limit left something out."""
        effects: dict[tuple[object, ...], Effect] = {}
        passed: list[Passed] = []
        truncated, told = False, FREE_EFFECTS
        ranks = self._ranks[function.id] = {}
        for index, event in enumerate(function.facts.events):
            if event.kind != "call":
                continue
            # Past the limit only what the function itself does is told, which its size bounds.
            if not truncated and len(effects) > told:
                effects = {_key(effect): effect for effect in one_of_each(_undominated(effects.values()))}
                truncated, told = len(effects) > MAX_EFFECTS, max(FREE_EFFECTS, len(effects))
            done = list(self.effects_of(function, event, own_only=truncated))
            for effect in done:
                known = effects.setdefault(_key(effect), effect)
                if known is not effect and passes(known, function) > passes(effect, function):
                    effects[_key(effect)] = effect
            if not truncated:
                ranks[index] = _rank(done)
                passed.extend(self._passed(function, index, event))
        return list(effects.values()), passed, truncated

    def _is_truncated(self, function: Function) -> bool:
        summary = self._summaries.get(function.id)
        return summary is not None and summary.truncated

    def rank_of(self, function: Function, position: int) -> int:
        """Return the rank of the gravest that a call does, 0 when it does nothing that matters."""
        ranks = self._ranks[function.id]
        if position not in ranks:
            ranks[position] = _rank(self.effects_of(function, function.facts.events[position]))
        return ranks[position]

    def effects_of(self, function: Function, event: Event, *, own_only: bool = False) -> Iterable[Effect]:
        """Yield what one call does, the callee's effects restated for this function."""
        around = Circumstances(self.optional, function, event)
        for effect in self._done(function, event, own_only=own_only):
            yield around.of(effect)

    def _done(self, function: Function, event: Event, *, own_only: bool) -> Iterable[Effect]:
        node = function.facts.values[event.value]
        if is_given(self.resolver, function, node.args[0]):
            return
        callees = self.resolver.functions(function, node.args[0])
        if not callees:
            effect = self._own_effect(function, event)
            if effect is not None:
                yield effect
            if not own_only:
                yield from self._handed_on(function, event, node)
            return
        for callee, owner in () if own_only else callees:
            yield from self._restated(function, event, node, callee, owner is not None)

    def _own_effect(self, function: Function, event: Event) -> Effect | None:
        """Return what a call that leaves the program does; kept once the function is solved."""
        key = (function.id, event.value)
        if key in self._own_effects:
            return self._own_effects[key]
        effect = self.effects.of_call(function, event)
        if function.id in self._summaries and function.id not in self.underway:
            self._own_effects[key] = effect
        return effect

    def _restated(
        self, function: Function, event: Event, node: Value, callee: Function, receiver: bool
    ) -> Iterable[Effect]:
        summary = self.summary(callee)
        if not summary.effects and not summary.passed:
            return
        node = without_empty(function, event, node)
        bindings = self.labeler.bind(function, node, callee, receiver)
        here = self.guards.after(function, event.dominator)
        place = self.guards.place(function, node.start)
        about = any(effect.url or effect.operands for effect in summary.effects)
        shapes = self.shapes.arguments(function, node, callee, receiver) if about else {}
        kept = self.effects.kept.among(function, node.args[1:]) if about else {}
        asked = list(self.effects.cases.at(function, event))
        for effect in summary.effects:
            if comes_back(effect, function):
                continue
            guards = {**here, **kept} if effect.url or effect.operands else here
            restated = self._rebind(effect, bindings, shapes, guards, place)
            restated = restated._replace(operands=joined(restated.operands, asked)) if asked else restated
            if not is_ruled_out(restated.operands):
                yield restated
        for handed in summary.passed:
            if handed.function != callee.id:
                continue
            parameter = callee.facts.parameters[handed.parameter]
            argument = argument_of(node, parameter.name, handed.parameter - (1 if receiver else 0))
            if argument >= 0 and called_parameter(self.resolver, function, argument) is None:
                guards = self.guards.substitute(dict(handed.guards), bindings)
                made = made_of(function, call_of(node, argument, callee, receiver, handed.given))
                yield from self._called_back(function, event, made, guards)

    def _called_back(self, function: Function, event: Event, made: Value, guards: Guards) -> Iterable[Effect]:
        """What a call does that another function makes of one that it is given, with what holds there."""
        callees = self.resolver.functions(function, made.args[0])
        for callee, owner in callees:
            step = (function.id, event.value, callee.id)
            if step not in self._steps:
                self._steps.add(step)
                for effect in list(self._restated(function, event, made, callee, owner is not None)):
                    yield effect._replace(guards={**effect.guards, **guards})
                self._steps.discard(step)
        own = None if callees else self.effects.of_node(function, event, made)
        if own is not None:
            yield own._replace(guards={**own.guards, **guards})

    def _handed_on(self, function: Function, event: Event, node: Value) -> Iterable[Effect]:
        """Functions given to something outside (`asyncio.to_thread(f, x)`) run there; what follows is theirs."""
        if is_made(function, event.value) or registers_job(function, node):
            return
        for position, argument in enumerate(node.args[1:]):
            if function.facts.values[argument].op in PLAIN or is_given(self.resolver, function, argument):
                continue
            for callee, owner in self.resolver.functions(function, argument):
                if callee.facts.name == "__init__":
                    continue
                later = later_call(function, node, position + 1)
                yield from self._restated(function, event, later, callee, owner is not None)

    def _rebind(
        self,
        effect: Effect,
        bindings: Bindings,
        shapes: dict[str, Shape],
        here: Guards,
        place: Place,
    ) -> Effect:
        substitute = self.labeler.substitute
        restated = effect._replace(
            url=self.shapes.rebind(effect.url, shapes, bindings),
            operands=tuple(
                operand._replace(shape=self.shapes.rebind(operand.shape, shapes, bindings))
                for operand in effect.operands
            ),
            credentials=self.labeler.restate(effect.credentials, bindings),
            arguments=substitute(effect.arguments, bindings),
            guards={**self.guards.substitute(effect.guards, bindings), **here},
            via=(place, *effect.via)[:MAX_VIA],
        )
        return settled(restated)

    def _passed(self, function: Function, index: int, event: Event) -> Iterable[Passed]:
        """A call of a parameter, of this function or of one around it, here or where this one hands it on."""
        node = function.facts.values[event.value]
        found = called_parameter(self.resolver, function, node.args[0])
        callees = self.resolver.functions(function, node.args[0]) if found is None else ()
        if found is not None:
            yield self._passed_at(function, index, found, node)
        elif not callees:
            yield from self._passed_out(function, index, node)
        for callee, owner in callees:
            yield from self._passed_on(function, index, event, callee, owner is not None)

    def _passed_at(self, function: Function, index: int, found: tuple[Function, int], call: Value) -> Passed:
        guards = self.guards.after(function, function.facts.events[index].dominator)
        return Passed(found[0].id, found[1], tuple(guards.items()), index, given_of(function, call, found[0]))

    def _passed_out(self, function: Function, index: int, node: Value) -> Iterable[Passed]:
        """A parameter given to something outside that calls it, or a function of this one that calls it there."""
        for argument, later in handed_parameters(function, node):
            found = parameter_of(function, argument)
            run = run_elsewhere(self.resolver, function, node) if found is not None else -1
            if found is not None and (argument == run or self.resolver.functions(function, argument)):
                yield self._passed_at(function, index, found, later)
        for argument in node.args[1:]:
            if function.facts.values[argument].op in ("function", "lambda"):
                for callee, _ in self.resolver.functions(function, argument):
                    yield from self._passed_within(function, index, callee)

    def _passed_within(self, function: Function, index: int, callee: Function) -> Iterable[Passed]:
        """A parameter of this function that a function inside of it calls."""
        for handed in self.summary(callee).passed:
            if handed.function == function.id:
                guards = {**self.guards.after(function, function.facts.events[index].dominator), **dict(handed.guards)}
                yield Passed(function.id, handed.parameter, tuple(guards.items()), index, handed.given)

    def _passed_on(
        self, function: Function, index: int, event: Event, callee: Function, receiver: bool
    ) -> Iterable[Passed]:
        """A parameter given to a function that calls it."""
        node = function.facts.values[event.value]
        yield from self._passed_within(function, index, callee)
        for handed in self.summary(callee).passed:
            if handed.function != callee.id:
                continue
            name = callee.facts.parameters[handed.parameter].name
            argument = argument_of(node, name, handed.parameter - (1 if receiver else 0))
            found = called_parameter(self.resolver, function, argument) if argument >= 0 else None
            if found is not None:
                bindings = self.labeler.bind(function, node, callee, receiver)
                guards = {
                    **self.guards.after(function, event.dominator),
                    **self.guards.substitute(dict(handed.guards), bindings),
                }
                made = call_of(node, argument, callee, receiver, handed.given)
                given = given_of(function, made, found[0])
                yield Passed(found[0].id, found[1], tuple(guards.items()), index, given)

    # What holds afterwards

    def _normal(self, function: Function) -> dict[Guard, Place]:
        kinds = ("return", "yield") if function.facts.is_generator else ("return",)
        ends = [index for index, event in enumerate(function.facts.events) if event.kind in kinds]
        cases = [self.case(function, index) for index in ends]
        if function.facts.falls != -2:
            cases.append(self.case(function, len(function.facts.events)))
        return self.optional.joined(function, cases, answers=self.results.answers(function))

    def case(self, function: Function, index: int) -> Case:
        """Return what holds where an event starts; behind the last one, where the body ends."""
        events = function.facts.events
        after = events[index].dominator if index < len(events) else function.facts.falls
        return Case({**self.optional.before(function, index), **self.guards.after(function, after)}, after)


def _rank(effects: Iterable[Effect]) -> int:
    return max((effect.rank for effect in effects), default=0)


def _key(effect: Effect) -> tuple[object, ...]:
    return effect.kind, effect.origin, effect.url, effect.operands, frozenset(effect.guards), effect.credentials


def _undominated(effects: Collection[Effect]) -> tuple[Effect, ...]:
    """Leave out effects that are there once more with fewer guards: what calls them on that way says all."""
    alike: dict[tuple[object, ...], list[Effect]] = {}
    for effect in effects:
        alike.setdefault(_deed(effect), []).append(effect)
    return tuple(
        effect
        for effect in effects
        if not any(other.guards.keys() < effect.guards.keys() for other in alike[_deed(effect)])
    )


def _deed(effect: Effect) -> tuple[object, ...]:
    """Return what an effect does, whatever stands before it."""
    return effect.kind, effect.origin, effect.url, effect.operands, effect.credentials, effect.arguments


def _as_upkeep(effect: Effect) -> Effect:
    """What a function that renews a token keeps of it is no change that its caller asked for."""
    asked = effect.url or any(is_chosen(label) and not is_own(label) for label in effect.arguments)
    return effect if asked or effect.kind != "write" else effect._replace(kind="read-public")
