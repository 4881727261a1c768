"""What a rule is: a stateless query over one analysed tree, with its documentation, metadata and examples.

A rule is one file. Its class docstring is its documentation page; its examples are its specification and its tests:
in each, exactly the lines that end in the comment `finding` are reported.
"""

import textwrap
from collections.abc import Iterator, Mapping
from typing import ClassVar

import msgspec

from analyzers.authority.changes import Changes
from analyzers.authority.composition import SiteReader
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.authority.weaknesses import Weaknesses
from analyzers.facts import Value
from analyzers.finding import Confidence, Edit, Evidence, Location, Safety, Severity, Side
from analyzers.flow.exposure import ExposureReader
from analyzers.flow.summaries import Flow
from analyzers.policy import Policy
from analyzers.project.program import Function, Program
from analyzers.project.surface import Surface
from analyzers.source import Language
from analyzers.walks import reached

MARKER = "finding"


class Example(msgspec.Struct, frozen=True):
    """A small program: its files by path, of the base too where the example is a change, and those that a fix changes.

    The texts are as indented as they stand in a rule; they are laid out when asked for, which no review does.
    """

    indented: Mapping[str, str]
    indented_fixed: Mapping[str, str] = {}
    language: Language = Language.PYTHON
    note: str = ""
    indented_before: Mapping[str, str] = {}

    @property
    def files(self) -> dict[str, str]:
        """The files by path; lines to be reported end in the marker."""
        return _laid_out(self.indented)

    @property
    def fixed(self) -> dict[str, str]:
        """The files that the fix changes, as it leaves them."""
        return _laid_out(self.indented_fixed)

    @property
    def before(self) -> dict[str, str]:
        """All files of the base, where the example is a change; a marked line is one that was deleted."""
        return _laid_out(self.indented_before)

    @property
    def is_reported(self) -> bool:
        """Tell whether something is to be reported of it."""
        texts = (*self.indented.values(), *self.indented_before.values())
        return any(line.endswith((f"# {MARKER}", f"// {MARKER}")) for text in texts for line in text.splitlines())


def py(code: str, *, fixed: str = "", note: str = "", **others: str) -> Example:
    """Return an example of one Python file, `server.py`, with others by stem."""
    files = {"server.py": code, **{f"{stem}.py": text for stem, text in others.items()}}
    return Example(files, {"server.py": fixed} if fixed else {}, Language.PYTHON, note)


def change(
    before: str, after: str, *, fixed: str = "", note: str = "", others: Mapping[str, tuple[str, str]] | None = None
) -> Example:
    """Return an example of a change to `server.py`, with others by path as (before, after)."""
    pairs = {"server.py": (before, after), **(others or {})}
    return Example(
        {path: text for path, (_, text) in pairs.items()},
        {"server.py": fixed} if fixed else {},
        Language.PYTHON,
        note,
        {path: text for path, (text, _) in pairs.items()},
    )


def _laid_out(texts: Mapping[str, str]) -> dict[str, str]:
    return {path: textwrap.dedent(text).strip("\n") + "\n" for path, text in texts.items()}


class Draft(msgspec.Struct, frozen=True):
    """What a rule reports, before it is compared with the base tree, fixed and dismissed.

    `key` identifies the finding across trees: for rules about entry points the key of the entry point, else what
    `place_key` gives; `path` is the file that the key lies in, so that renames can be followed. `group` joins drafts
    with one root cause to one finding. `rows` are the entry points concerned. `undo` puts back what a change deleted,
    which is the fix where the rule has none. `standing` names a cause apart from the entry point, which the base may
    have already: another entry point behind it makes no new finding. `about` are the arguments that it is about: about
    some of them alone it is what it was before. `alone` is how grave it is where nothing beside it gives callers as
    much: that this is mended makes it graver, and no new finding. Of equally grave ones in a group the most `telling`
    is shown.
    """

    key: str
    path: str
    location: Location
    message: str
    why: str
    severity: Severity
    confidence: Confidence
    evidence: tuple[Evidence, ...] = ()
    rows: tuple[str, ...] = ()
    group: str = ""
    group_message: str = ""
    start: int = -1
    end: int = -1
    undo: tuple[Edit, ...] = ()
    standing: str = ""
    about: frozenset[str] = frozenset()
    alone: Severity = Severity.INFO
    telling: int = 0


class Proposal(msgspec.Struct, frozen=True):
    """A fix before it is proven. What an `outer` one inserts goes before what others insert at the same place."""

    title: str
    safety: Safety
    edits: tuple[Edit, ...]
    outer: bool = False


class Analysis(msgspec.Struct, frozen=True):
    """One analysed tree, as rules see it.

    `product` are the paths that a served program is made of, `idle` the functions there that only tests use; `rows` the
    authority of every entry point of it; `weaknesses` says of a row why the checks written for it do not hold,
    `exposure` which secrets a value shows, `sites` where texts are put together.
    """

    program: Program
    flow: Flow
    surface: Surface
    rows: tuple[Row, ...]
    servers: tuple[ServerState, ...]
    product: frozenset[str]
    weaknesses: Weaknesses
    exposure: ExposureReader
    sites: SiteReader
    policy: Policy = Policy()
    idle: frozenset[str] = frozenset()

    def trim(self) -> None:
        """Let go of answers that can be found again."""
        self.flow.trim()
        self.sites.trim()

    def functions(self) -> Iterator[Function]:
        """Yield every function, class body and module of the product."""
        for file in self.program.sources:
            if file.path in self.product:
                yield from (function for function in file.functions if function.id not in self.idle)

    def calls(self, *names: str) -> Iterator[tuple[Function, int, str]]:
        """Yield calls of external functions by the last part of their name, as (function, call value, dotted name)."""
        for name in names:
            for function, value in self.program.call_sites(name):
                if function.file.path not in self.product or function.id in self.idle:
                    continue
                node = function.facts.values[value]
                for external in self.flow.resolver.externals(function, node.args[0]):
                    yield function, value, external
                    break

    def servers_beside(self, function: Function) -> list[ServerState]:
        """Return the servers of the package that a function is part of."""
        root = self.program.package_root(function.file.path)
        return [
            state for state in self.servers if self.program.package_root(state.server.site.function.file.path) == root
        ]

    def rows_through(self, function: Function) -> tuple[str, ...]:
        """Return the keys of the entry points whose handlers run a function, through any number of calls."""
        return tuple(row.key for row in self.rows if function in self._reached(row.entry.handler))

    def _reached(self, handler: Function | None) -> set[Function]:
        return set(reached([handler], self.flow.callees)) if handler is not None else set()


class Rule:
    """A rule. Subclasses state the metadata and yield drafts; they keep no state.

    `column` is the column of the authority row that a rule about entry points reads: its finding is new only when that
    column got worse. None pairs findings by their key alone. A rule of `changes_only` is silent without a base.
    `says_missing` tells that a finding says what is not there: where a change took it away, it stands at that change.
    `is_cause` tells that what a finding says is why checks of callers do not hold any more.
    `follows` is a column of which another rule speaks: that it got worse makes a finding of this rule no new one.
    `is_said_once` tells that one place is enough to say it of an entry point: another one there is no new finding.
    """

    id: ClassVar[str]
    summary: ClassVar[str]
    principle: ClassVar[str]
    severity: ClassVar[Severity]
    confidence: ClassVar[Confidence] = Confidence.HIGH
    cwe: ClassVar[tuple[str, ...]] = ()
    owasp: ClassVar[tuple[str, ...]] = ()
    spec: ClassVar[tuple[str, ...]] = ()
    pattern: ClassVar[str]
    column: ClassVar[str | None] = None
    changes_only: ClassVar[bool] = False
    says_missing: ClassVar[bool] = False
    is_cause: ClassVar[bool] = False
    follows: ClassVar[str | None] = None
    is_said_once: ClassVar[bool] = False
    examples: ClassVar[tuple[Example, ...]] = ()

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each place the rule reports."""
        raise NotImplementedError

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Return a change that would remove the finding, None where only the pattern helps."""


class ChangeRule(Rule):
    """A rule about what a change did to the rows that were there before; one tree alone tells it nothing."""

    changes_only = True

    def check(self, analysis: Analysis) -> Iterator[Draft]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def compare(self, changes: Changes) -> Iterator[Draft]:
        """Yield a draft for each row that the rule reports."""
        raise NotImplementedError


def restored(draft: Draft, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the deleted lines of a change, put back; of replaced ones the author decides what to keep."""
    if not draft.undo or any(edit.path not in texts for edit in draft.undo):
        return None
    if draft.location.side is Side.BASE:
        return Proposal("Restore what was removed", Safety.SAFE, draft.undo)
    return Proposal("Restore these lines (decide what of the change to keep)", Safety.REVIEW, draft.undo)


def place_key(function: Function, value: int) -> str:
    """Return what identifies an expression across edits elsewhere: its symbol and its shape, strings left out."""
    return f"{function.file.path}|{function.facts.qualname}|{expression_shape(function, value)}"


def expression_shape(function: Function, value: int, depth: int = 6) -> str:
    """Return an expression's structure as it is written: string constants are a mark, and so is what a name stands for.

    Where a local name was computed has no part in it: a change there makes no other expression another one.
    """
    if value < 0 or depth == 0:
        return "_"
    node = function.facts.values[value]
    if node.op in ("str", "secret", "bytes", "template"):
        return "'"
    inner = ",".join(
        expression_shape(function, argument, depth - 1) if _is_written_in(function, node, argument) else "_"
        for argument in node.args[:12]
    )
    module, _, name = node.text.partition("|")
    text = name or module if node.op == "import" else node.text
    op = "" if node.op in ("name", "import", "free", "param", "attr") else node.op
    names = "=".join(node.names)
    return f"{op}{text}{'(' + inner + ')' if inner else ''}{names}"


def _is_written_in(function: Function, node: Value, argument: int) -> bool:
    """Tell whether an operand stands inside an expression, or is a definition without operands of its own."""
    if argument < 0:
        return True
    inner = function.facts.values[argument]
    return not inner.args or (node.start <= inner.start and inner.end <= node.end)
