"""How a large tree is divided: packages that import each other belong together, the others are judged apart."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from analyzers.coverage import coverage_of_rest
from analyzers.division import Batch, Division, Share
from analyzers.finding import Coverage, Report
from analyzers.outline import Outline
from analyzers.planning import is_manifest, is_relevant
from analyzers.policy import Policy
from analyzers.project.layout import Layout
from analyzers.roles import Role, role_of
from analyzers.source import Entry, Language, Unread, language_of
from analyzers.tree import Change
from analyzers.version import ENGINE_VERSION

# Bytes of source that are judged at a time: they decide what a process needs of memory.
BATCH_BYTES = 4_000_000


class Sketch(msgspec.Struct, frozen=True):
    """A whole tree: its entries, the outlines of its files by path, and what could not be read."""

    entries: tuple[Entry, ...]
    outlines: Mapping[str, Outline]
    unread: tuple[Unread, ...] = ()


def divide(
    head: Sketch, base: Sketch | None, change: Change | None, policy: Policy, batch_bytes: int = BATCH_BYTES
) -> Division:
    """Divide a tree into batches; of a change, take only the packages that it concerns."""
    sides = [_Side(sketch, policy) for sketch in (head, base) if sketch is not None]
    joined = _joined(sides, change.renames if change is not None else {})
    parts = _parts(sides, joined)
    if len(sides) == 1:
        return _division(sides, _filled([], list(parts.values()), batch_bytes), change)
    touched = {path: joined.find(root) for path, root in _touched(*sides)}
    # A tool moves from one package to another by changes of both: these are compared as a whole.
    together = {root for path, root in touched.items() if not is_manifest(path)}
    rest = set(touched.values()) - together
    batches = _filled([parts[root] for root in sorted(together)], [parts[root] for root in sorted(rest)], batch_bytes)
    return _division(sides, batches, change)


class _Part:
    """Packages that belong together: the folders that they begin in, and their paths in each tree."""

    def __init__(self) -> None:
        self.roots: set[str] = set()
        self.paths: tuple[list[str], list[str]] = ([], [])
        self.size = 0


class _Side:
    """One of the trees that are divided."""

    def __init__(self, sketch: Sketch, policy: Policy) -> None:
        self.sketch = sketch
        self.outlines = {path: outline for path, outline in sketch.outlines.items() if not policy.excludes(path)}
        self.entries = {entry.path: entry for entry in sketch.entries}
        self.layout = Layout(self.outlines, filter(_is_python, self.outlines))
        self.serving = [
            path for path, outline in self.outlines.items() if outline.serves and role_of(path) is Role.PRODUCT
        ]
        missing = self.entries.keys() - sketch.outlines.keys()
        self.unread = [path for path in missing if _is_python(path) and not policy.excludes(path)]
        self.manifests = [path for path in sorted(self.outlines) if is_manifest(path)]

    def root(self, path: str) -> str:
        """Return the folder of the package that a path belongs to."""
        return self.layout.package_root(path)

    def links(self, known: "_Side | None") -> Iterator[tuple[str, str]]:
        """Yield the packages of files and of what they import, but for what another tree has in the same way."""
        same = known is not None and known.outlines.keys() == self.outlines.keys()
        importing = [
            (path, outline)
            for path, outline in self.outlines.items()
            if outline.imports and not (same and known is not None and known.outlines[path] is outline)
        ]
        for layout in self._layouts():
            for path, outline in importing:
                directory, root = posixpath.dirname(path), self.root(path)
                for statement in outline.imports:
                    for target in layout.imported(statement, directory):
                        yield root, self.root(target)

    def _layouts(self) -> Iterator[Layout]:
        """Yield the paths as an analysis sees them, then with those that it could not read: they are imported too."""
        yield self.layout
        if self.unread:
            paths = [*self.outlines, *self.unread]
            yield Layout(paths, filter(_is_python, paths))


class _Joined:
    """Package roots in disjoint sets."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, root: str) -> str:
        """Return the root that stands for its set."""
        top = root
        while (above := self._above.get(top, top)) != top:
            top = above
        while root != top:
            self._above[root], root = top, self._above[root]
        return top

    def join(self, one: str, other: str) -> None:
        """Make one set of two."""
        first, second = sorted((self.find(one), self.find(other)))
        self._above[second] = first


def _joined(sides: Sequence[_Side], renames: Mapping[str, str]) -> _Joined:
    head = sides[0]
    joined = _Joined()
    for side in sides:
        for one, other in set(side.links(None if side is head else head)):
            joined.join(one, other)
    for base in sides[1:]:
        for path in base.entries:
            now = renames.get(path, path)
            if now in head.entries:
                joined.join(base.root(path), head.root(now))
    return joined


def _parts(sides: Sequence[_Side], joined: _Joined) -> dict[str, _Part]:
    parts: dict[str, _Part] = defaultdict(_Part)
    blobs: set[str] = set()
    for number, side in enumerate(sides):
        for path, entry in sorted(side.entries.items()):
            root = side.root(path)
            part = parts[joined.find(root)]
            part.roots.add(root)
            part.paths[number].append(path)
            if path in side.outlines and not is_manifest(path) and entry.blob not in blobs:
                blobs.add(entry.blob)
                part.size += entry.size
    return dict(sorted(parts.items()))


def _touched(head: _Side, base: _Side) -> Iterator[tuple[str, str]]:
    """Yield the paths that an analysis may read and that differ, each with its package."""
    for one, other in ((head, base), (base, head)):
        for path, entry in one.entries.items():
            partner = other.entries.get(path)
            same = partner is not None and (partner.blob, partner.mode) == (entry.blob, entry.mode)
            if not same and is_relevant(entry):
                yield path, one.root(path)


def _filled(first: list[_Part], others: Iterable[_Part], batch_bytes: int) -> list[list[_Part]]:
    """Return parts in batches, those of the first whatever their size."""
    batches = [first] if first else []
    filled = sum(part.size for part in first)
    for part in others:
        if not batches or filled + part.size > batch_bytes:
            batches.append([])
            filled = 0
        batches[-1].append(part)
        filled += part.size
    return batches


def _division(sides: Sequence[_Side], batches: Sequence[Sequence[_Part]], change: Change | None) -> Division:
    shares = [[_share(side, number, batch) for number, side in enumerate(sides)] for batch in batches]
    judged = {path for head, *_ in shares for path in head.paths}
    return Division(
        batches=tuple(Batch(*share) for share in shares),
        rest=Report(
            authority_diff=None if len(sides) == 1 else (),
            coverage=_coverage(sides[0], judged, change),
            surface_changed=False,
            engine_version=ENGINE_VERSION,
        ),
    )


def _share(side: _Side, number: int, batch: Sequence[_Part]) -> Share:
    paths = tuple(path for part in batch for path in part.paths[number])
    own = frozenset(paths)
    above = {folder for part in batch for root in part.roots for folder in _above(root)}
    along = [path for path in side.manifests if posixpath.dirname(path) in above and path not in own]
    return Share(paths, tuple(along), any(path not in own for path in side.serving))


def _above(folder: str) -> Iterator[str]:
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def _coverage(side: _Side, judged: set[str], change: Change | None) -> Coverage:
    """Return what is to be said of the files that are not judged: how many they are, and which were not read."""
    sketch = side.sketch
    return coverage_of_rest(
        tuple(entry for entry in sketch.entries if entry.path not in judged),
        {path: outline for path, outline in sketch.outlines.items() if path not in judged},
        tuple(item for item in sketch.unread if item.path not in judged),
        side.root,
        change,
    )


def _is_python(path: str) -> bool:
    return language_of(path) is Language.PYTHON
