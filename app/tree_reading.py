"""One tree on its way to facts: which of its files are read, how, and what became of each."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

import msgspec

from analyzers import Entry, Share, Source, Unread, asked_for, facts_key, is_skimmed, plan
from app.worker_protocol import TreeFacts, TreeOutline

Load = Callable[[Sequence[Entry]], Iterable[Source | Unread]]


class TreeInput(msgspec.Struct, frozen=True):
    """One tree: all its entries, a way to load some of them, and the paths whose text the analysis wants at hand.

    `load` yields one `Source` or `Unread` per entry, in any order; it is called from the thread that calls `audit`.
    `unread` are files that are there but could not even be listed properly. Texts `on_demand` are loaded when the
    analysis asks for them, and not returned.
    """

    entries: tuple[Entry, ...]
    load: Load
    wanted: frozenset[str] = frozenset()
    unread: tuple[Unread, ...] = ()
    on_demand: frozenset[str] = frozenset()


class TreeReading:
    """One tree on its way to facts."""

    def __init__(self, tree: TreeInput) -> None:
        self.tree = tree
        planned = plan(tree.entries).read
        self._skimmed = {entry.path for entry in planned if is_skimmed(entry.path)}
        self.keys = {entry.path: facts_key(entry, skimmed=entry.path in self._skimmed) for entry in planned}
        self.entries = {entry.path: entry for entry in tree.entries}
        self.texts: dict[str, bytes] = {}
        self.unread = {item.path: item for item in tree.unread}
        self.has_failed = False

    def needed(self, known: Container[str]) -> list[Entry]:
        """Return the entries to load: wanted for their text, or because nothing is known of them."""
        return [entry for entry in self.tree.entries if entry.path in self.tree.wanted or self.lacks(entry.path, known)]

    def load(self, entries: Sequence[Entry]) -> Iterator[Source]:
        """Yield what could be loaded, and note the rest as unread."""
        for item in self.tree.load(entries) if entries else ():
            if isinstance(item, Unread):
                self.unread[item.path] = item
                self.has_failed = True
            else:
                yield item

    def unskim(self, outlines: Mapping[str, bytes]) -> list[Entry]:
        """Ask for the whole of the skimmed files that the product may import, given what is known of all."""
        if not self._skimmed:
            return []
        from analyzers.outline import decode_outline

        known = {path: outlines[key] for path, key in self.keys.items() if key in outlines}
        asked = asked_for({path: decode_outline(data).imports for path, data in known.items()})
        self._skimmed -= asked
        self.keys |= {path: facts_key(self.entries[path]) for path in asked}
        return [self.entries[path] for path in sorted(asked)]

    def source(self, source: Source) -> Source:
        """Return a file as it is to be read."""
        return msgspec.structs.replace(source, skimmed=True) if source.path in self._skimmed else source

    def lacking(self, sources: Sequence[Source], known: Container[str]) -> list[Source]:
        """Return the files of which nothing is known."""
        return [source for source in sources if self.lacks(source.path, known)]

    def keep(self, sources: Iterable[Source]) -> None:
        """Keep the texts that are wanted."""
        self.texts.update((source.path, source.data) for source in sources if source.path in self.tree.wanted)

    def fail(self, key: str, unread: Unread) -> None:
        """Note a file as unread. Copies of one file share its key, and with it its fate."""
        self.has_failed = True
        for path, own_key in self.keys.items():
            if own_key == key:
                self.unread[path] = Unread(path, unread.blob, unread.reason)

    def text(self, path: str) -> bytes | None:
        """Return the text of a path on demand, None where it cannot be had."""
        if path not in self.tree.on_demand:
            return None
        return next((item.data for item in self.tree.load([self.entries[path]]) if isinstance(item, Source)), None)

    def outline(self, outlines: Container[str]) -> TreeOutline:
        """Return the tree as its division takes it."""
        known = {path: key for path, key in self.keys.items() if key in outlines}
        return TreeOutline(self.tree.entries, known, tuple(self.unread.values()))

    def whole(self) -> Share:
        """Return everything."""
        return Share(tuple(dict.fromkeys((*self.entries, *self.unread))))

    def share(self, share: Share) -> "TreeShare":
        """Return a part of the tree."""
        return TreeShare(self, share)

    def lacks(self, path: str, known: Container[str]) -> bool:
        """Tell whether a path is to be read and nothing is known of it."""
        key = self.keys.get(path)
        return key is not None and key not in known


class TreeShare:
    """What a batch has of a tree."""

    def __init__(self, reading: TreeReading, share: Share) -> None:
        self.reading = reading
        self._share = share
        self._own = frozenset(share.paths)
        paths = (*share.paths, *share.along)
        self.keys = {path: reading.keys[path] for path in paths if path in reading.keys}

    def entries(self) -> list[Entry]:
        """Return the entries whose facts are asked for."""
        return [self.reading.entries[path] for path in self.keys]

    def tree_facts(self, facts: Container[str]) -> TreeFacts:
        """Return the part as the analysis takes it."""
        reading = self.reading
        return TreeFacts(
            entries=tuple(reading.entries[path] for path in self._share.paths if path in reading.entries),
            facts={path: key for path, key in self.keys.items() if key in facts},
            unread=tuple(item for path, item in reading.unread.items() if path in self._own),
            texts={path: data for path, data in reading.texts.items() if path in self._own},
            on_demand=tuple(self._own & reading.tree.on_demand),
            served_elsewhere=self._share.served_elsewhere,
        )
