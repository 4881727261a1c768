"""Fixes, proven: applied, read again, analysed again; the finding is gone and nothing new appeared.

Analysed again is what a fix may change: the files that it edits, and the entry points that run what it edits there.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from analyzers.comparison import Comparison, Found
from analyzers.facts import FileFacts, FunctionFacts
from analyzers.finding import Confidence, Edit, Failure, Finding, Fix, Safety, Side
from analyzers.fixes.style import in_style
from analyzers.guarding import guarded
from analyzers.lines import LineIndex
from analyzers.pairing import Judged, Reported
from analyzers.reading import read
from analyzers.rule import Proposal, restored
from analyzers.scope import Scope, names_around, scope_of
from analyzers.source import Source
from analyzers.tree import Tree

MAX_FIXES = 60
# How many functions are analysed again, at the most, to prove the fixes of one report.
MAX_FUNCTIONS = 30_000
# Judges files; of an edited tree only a scope, with what was known of the tree before.
Judge = Callable[[Mapping[str, FileFacts], Scope | None, Judged | None], Judged]


class Candidate(msgspec.Struct, frozen=True):
    """A fix that a rule proposes for the first of a finding's places, before it is proven."""

    found: Found
    proposal: Proposal

    @property
    def path(self) -> str:
        """The file that the fix changes first."""
        return self.proposal.edits[0].path

    @property
    def removes(self) -> tuple[str, str]:
        """The (rule, key) that is gone when the fix works."""
        return self.found.shown.rule.id, self.found.shown.key


class Fixer:
    """Proposes and proves the fixes of one tree; `failures` are the rules whose fix raised."""

    def __init__(self, tree: Tree, judged: Judged, judge: Judge, minimum: Confidence) -> None:
        self.minimum = minimum
        self.tree = tree
        self.judged = judged
        self.judge = judge
        self.failures: list[Failure] = []
        self._spent = 0
        self._surroundings: dict[str, tuple[dict[str, FileFacts], Judged]] = {}

    def fixed(self, found: Sequence[Found]) -> list[Finding]:
        """Return the findings, those that a reader acts on with a fix where one was proven."""
        candidates: list[Candidate] = []
        for item in found:
            if item.finding.is_loud(self.minimum) and len(candidates) < MAX_FIXES:
                proposal = self._proposal(item)
                if proposal is not None and proposal.edits:
                    candidates.append(Candidate(item, proposal))
        self.judged.analysis.trim()
        proven = {candidate.found.finding.fingerprint: candidate.proposal for candidate in self._proven(candidates)}
        return [_with_fix(item.finding, proven.get(item.finding.fingerprint)) for item in found]

    def _proposal(self, item: Found) -> Proposal | None:
        shown = item.shown
        if shown.draft.location.side is Side.BASE and (undone := restored(shown.draft, self.tree.texts)) is not None:
            return undone
        propose = partial(shown.rule.fix, shown.draft, self.judged.analysis, self.tree.texts)
        proposal = guarded("fix", item.finding.location.path, item.finding.rule, propose)
        if isinstance(proposal, Failure):
            self.failures.append(proposal)
            return None
        proposal = proposal or restored(shown.draft, self.tree.texts)
        if proposal is None:
            return None
        return msgspec.structs.replace(proposal, edits=in_style(proposal.edits, self.tree.texts))

    def _proven(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Prove all fixes of a package in one pass, parts of them only where that fails."""
        by_package: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            by_package[self.judged.analysis.program.package_root(candidate.path)].append(candidate)
        proven: list[Candidate] = []
        for batch in by_package.values():
            proven.extend(self._narrowed(batch))
        return proven

    def _narrowed(self, batch: Sequence[Candidate]) -> list[Candidate]:
        """Return the largest parts of a batch that hold: all of it, else the rest beside those to blame.

        Where nobody knows whom to blame: those of each rule, file, else single ones. Fixes of one rule seldom meet;
        those of two may, as a record that is kept within a refusal.
        """
        blamed = self._blamed(batch)
        if not blamed:
            return list(batch)
        rest = [candidate for candidate in batch if _identity_of(candidate) not in blamed]
        others = _parts([candidate for candidate in batch if _identity_of(candidate) in blamed])
        proven = self._narrowed(rest) if rest else []
        for part in others if rest or len(others) > 1 else ():
            proven.extend(self._narrowed(part))
        return proven

    def _blamed(self, batch: Sequence[Candidate]) -> frozenset[str]:
        """Return which of some fixes keep them all from holding together: none where they do, all where nobody knows.

        Fixes hold that parse, remove their findings and add none. A fix that leaves a decision to the author need not
        remove its finding.
        """
        every = frozenset(map(_identity_of, batch))
        inward = sorted(batch, key=lambda candidate: not candidate.proposal.outer)
        edits = [edit for candidate in inward for edit in candidate.proposal.edits]
        surroundings, known = self._around(batch[0].path)
        sources = {file.path for file in self.judged.analysis.program.sources}
        cost = sum(len(item.functions) for path, item in surroundings.items() if path in sources)
        facts = self._patched(surroundings, edits) if self._spent + cost <= MAX_FUNCTIONS else None
        if facts is None:
            return every
        self._spent += cost
        members = [member for candidate in batch for member in candidate.found.members]
        scope = scope_of(self.judged.analysis, edits, members)
        again = self.judge(facts, scope, known)
        if again.failures:
            return every
        safe = [candidate for candidate in batch if candidate.proposal.safety is Safety.SAFE]
        if not known.keys() >= {candidate.removes for candidate in safe}:
            return every
        left = again.keys()
        blamed = [{_identity_of(candidate)} for candidate in safe if candidate.removes in left]
        for item in _added(known, again):
            near = {_identity_of(candidate) for candidate in batch if self._is_near(candidate, item, again)}
            blamed.append(near or set(every))
        return frozenset().union(*blamed)

    def _is_near(self, candidate: Candidate, item: Reported, again: Judged) -> bool:
        """Tell whether a fix is about an entry point that something was added for, or edits the function around it."""
        if not {row for member in candidate.found.members for row in member.draft.rows}.isdisjoint(item.draft.rows):
            return True
        location = item.draft.location
        added = Edit(location.path, location.span.start, location.span.end, "")
        around = names_around(again.analysis.program, added)
        edits = (edit for edit in candidate.proposal.edits if edit.path == location.path)
        return any(not around.isdisjoint(names_around(self.judged.analysis.program, edit)) for edit in edits)

    def _around(self, path: str) -> tuple[dict[str, FileFacts], Judged]:
        """Return the files that a change of one can touch (its package, what it imports) and what they report."""
        program = self.judged.analysis.program
        root = program.package_root(path)
        known = self._surroundings.get(root)
        if known is None:
            inside = [file for file in program.sources if program.package_root(file.path) == root]
            paths = program.closure(inside) | {item for item in program.files if program.package_root(item) == root}
            facts = {item: self.tree.facts[item] for item in sorted(paths)}
            whole = len(paths) == len(program.files)
            known = facts, self.judged if whole else self.judge(facts, None, None)
            self._surroundings[root] = known
        return known

    def _patched(self, surroundings: Mapping[str, FileFacts], edits: Sequence[Edit]) -> dict[str, FileFacts] | None:
        facts = dict(surroundings)
        for path in sorted({edit.path for edit in edits}):
            text = self.tree.texts.get(path)
            patched = apply_edits(text, [edit for edit in edits if edit.path == path]) if text is not None else None
            again = read(Source(path, "", patched)) if patched is not None else None
            before = self.tree.facts[path]
            if not isinstance(again, FileFacts) or len(again.defects) > len(before.defects) or _takes(before, again):
                return None
            facts[path] = again
        return facts


def _takes(before: FileFacts, after: FileFacts) -> bool:
    """Tell whether an import that was added takes a name of the module that stood for something else."""
    if not before.functions or not after.functions:
        return False
    old, new = before.functions[0], after.functions[0]
    return any(_imports(new, name) - _imports(old, name) for name in old.names.keys() & new.names.keys())


def _imports(module: FunctionFacts, name: str) -> set[str]:
    return {module.values[value].text for value in module.names[name] if module.values[value].op == "import"}


def _parts(batch: Sequence[Candidate]) -> list[list[Candidate]]:
    """Divide fixes by rule, by file, else into single ones."""
    parts: dict[str, list[Candidate]] = {}
    for split in (_rule_of, _path_of, _identity_of):
        parts = defaultdict(list)
        for candidate in batch:
            parts[split(candidate)].append(candidate)
        if len(parts) > 1:
            break
    return list(parts.values())


def _rule_of(candidate: Candidate) -> str:
    return candidate.found.finding.rule


def _path_of(candidate: Candidate) -> str:
    return candidate.path


def _identity_of(candidate: Candidate) -> str:
    return candidate.found.finding.fingerprint


def _added(before: Judged, after: Judged) -> list[Reported]:
    """Return the findings that a fix adds; one that only appears because something else got better is none."""
    fresh = after.keys() - before.keys()
    if not fresh:
        return []
    news = Comparison(after, before, None).news
    return [item for item in after.reported if (item.rule.id, item.key) in fresh and news.is_new(item)]


def _with_fix(finding: Finding, proposal: Proposal | None) -> Finding:
    if proposal is None:
        return finding
    return msgspec.structs.replace(finding, fix=Fix(proposal.title, proposal.safety, proposal.edits))


def apply_edits(text: bytes, edits: Sequence[Edit]) -> bytes | None:
    """Return a text with edits applied, None when two of them overlap; equal edits count once.

    What is inserted at one place stands there in the order in which it is given.
    """
    lines = LineIndex.build(text)
    given = dict.fromkeys((lines.offset(edit.start), lines.offset(edit.end), edit.text) for edit in edits)
    ranges = sorted(given, key=lambda item: item[:2])
    result = bytearray()
    position = 0
    for start, end, replacement in ranges:
        if start < position:
            return None
        result += text[position:start] + replacement.encode()
        position = end
    return bytes(result + text[position:])
