"""What was looked at, what was not, and whether a verdict depends on it."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from analyzers.authority.rows import Row
from analyzers.finding import Coverage, NotAnalyzed
from analyzers.outline import Outline, first_defect
from analyzers.planning import LANGUAGE_NAMES, is_manifest, plan
from analyzers.roles import Role, role_of
from analyzers.rule import Analysis
from analyzers.skimming import module_stem
from analyzers.source import Entry, Language, Unread, language_of
from analyzers.tree import Change, Tree


def coverage_of(tree: Tree, analysis: Analysis, change: Change | None, changed_rows: frozenset[str]) -> Coverage:
    """Return the numbers of a report, and every file that was not analysed with whether it matters."""
    tools = [row for row in analysis.rows if row.entry.kind == "tool"]
    defects = {path: first_defect(facts) for path, facts in tree.facts.items() if facts.defects}
    servers = {path: facts.servers for path, facts in tree.facts.items()}
    reached = _imports_of_changed(analysis, changed_rows) if change is not None else frozenset()
    root = analysis.program.package_root
    packages = _packages(tree.facts, root)
    return Coverage(
        **_files(tree.entries, tree.facts),
        tools_resolved=sum(1 for row in tools if is_resolved(row)),
        tools_total=len(tools),
        tools_dynamic=sum(1 for row in tools if row.entry.dynamic),
        packages_judged=packages,
        packages_total=packages,
        not_analyzed=_sorted(
            *_not_analyzed(_unread(tree.entries, tree.unread, defects), change, reached),
            *_other_languages(servers, root, change),
            *_other_frameworks(servers, tree.entries, root, change),
        ),
    )


def coverage_of_rest(
    entries: Sequence[Entry],
    outlines: Mapping[str, Outline],
    unread: Sequence[Unread],
    root: Callable[[str], str],
    change: Change | None,
) -> Coverage:
    """Return the coverage of files of which no more than outlines is looked at, because no change concerns them."""
    defects = {path: outline.defect for path, outline in outlines.items() if outline.defect}
    servers = {path: outline.servers for path, outline in outlines.items()}
    return Coverage(
        **_files(entries, outlines),
        packages_total=_packages(outlines, root),
        not_analyzed=_sorted(
            *_not_analyzed(_unread(entries, unread, defects), change, frozenset()),
            *_other_languages(servers, root, change),
            *_other_frameworks(servers, entries, root, change),
        ),
    )


def _files(entries: Sequence[Entry], read: Container[str]) -> dict[str, int]:
    planned = plan(entries)
    return {
        "files_total": len(entries),
        "files_read": sum(entry.path in read for entry in entries),
        "files_irrelevant": len(planned.irrelevant),
        "files_excluded": len(planned.excluded),
    }


def _packages(read: Iterable[str], root: Callable[[str], str]) -> int:
    return len({root(path) for path in read if not is_manifest(path)})


def _sorted(*items: NotAnalyzed) -> tuple[NotAnalyzed, ...]:
    return tuple(sorted(items, key=lambda item: item.path))


def is_resolved(row: Row) -> bool:
    """Tell whether handler, transport and authorization of a tool are known."""
    return row.entry.handler is not None and row.transport != "unknown" and row.authorization.kind != "unresolved"


def _unread(entries: Sequence[Entry], unread: Sequence[Unread], defects: Mapping[str, str]) -> dict[str, str]:
    return {**defects, **{item.path: item.reason for item in (*plan(entries).incomplete, *unread)}}


def _not_analyzed(unread: Mapping[str, str], change: Change | None, reached: frozenset[str]) -> Iterator[NotAnalyzed]:
    changed = frozenset(change.changed) if change is not None else frozenset()
    for path, reason in unread.items():
        yield NotAnalyzed(path, reason, _matters(path, change, changed, reached))


def _matters(path: str, change: Change | None, changed: frozenset[str], reached: frozenset[str]) -> bool:
    if change is None:
        return role_of(path) is Role.PRODUCT
    return path in changed or module_stem(path) in reached


def _imports_of_changed(analysis: Analysis, changed_rows: frozenset[str]) -> frozenset[str]:
    """Return the last parts of module names imported in the packages of servers whose rows changed."""
    roots = {
        analysis.program.package_root(row.entry.declared.function.file.path)
        for row in analysis.rows
        if row.key in changed_rows
    }
    names: set[str] = set()
    for file in analysis.program.sources:
        if file.path in analysis.product and analysis.program.package_root(file.path) in roots:
            for text in file.facts.imports:
                module, _, name = text.partition("|")
                names.update((module.rpartition(".")[2], name))
    return frozenset(names - {""})


def _other_languages(
    servers: Mapping[str, tuple[str, ...]], root: Callable[[str], str], change: Change | None
) -> Iterator[NotAnalyzed]:
    """Yield files of languages without reader where a server is written in one."""
    changed = frozenset(change.changed) if change is not None else frozenset()
    serving: dict[tuple[str, Language], str] = {}
    for path, names in servers.items():
        language = language_of(path)
        if names and language in LANGUAGE_NAMES and role_of(path) in (Role.PRODUCT, Role.EXAMPLE):
            serving[root(path), language] = names[0]
    for path, names in servers.items():
        language = language_of(path)
        if language not in LANGUAGE_NAMES:
            continue
        server = serving.get((root(path), language))
        if server is None or role_of(path) in (Role.TEST, Role.VENDORED, Role.GENERATED):
            continue
        if names or path in changed:
            reason = f"{LANGUAGE_NAMES[language]} is not read yet, and a server here is written with {server}"
            yield NotAnalyzed(path, reason, change is None or path in changed)


def _other_frameworks(
    servers: Mapping[str, tuple[str, ...]], entries: Sequence[Entry], root: Callable[[str], str], change: Change | None
) -> Iterator[NotAnalyzed]:
    """Yield files of the product that make servers with a package which is not read, and is not the tree's own."""
    changed = change.changed if change is not None else ()
    touched = {root(path) for path in changed if language_of(path) is Language.PYTHON}
    named = {name for path, names in servers.items() if language_of(path) is Language.PYTHON for name in names}
    own = {name for name in named if any(_holds_module(entry.path, name) for entry in entries)}
    for path, names in servers.items():
        unread = [name for name in names if name not in own]
        if unread and language_of(path) is Language.PYTHON and role_of(path) is Role.PRODUCT:
            reason = f"makes a server with {unread[0]}, whose tools are not read yet"
            yield NotAnalyzed(path, reason, change is None or root(path) in touched)


def _holds_module(path: str, name: str) -> bool:
    """Tell whether a file is a module of a package of this name."""
    return f"/{path}".endswith(f"/{name}.py") or f"/{name}/" in f"/{path}"


def in_scope(items: Iterable[NotAnalyzed]) -> bool:
    """Tell whether any of the files matters to the verdict."""
    return any(item.in_scope for item in items)
