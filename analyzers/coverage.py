"""What was looked at, what was not, and whether a verdict depends on it."""

from collections.abc import Iterable, Iterator

from analyzers.authority.rows import Row
from analyzers.finding import Coverage, NotAnalyzed
from analyzers.planning import LANGUAGE_NAMES, plan
from analyzers.project.program import Program
from analyzers.roles import Role, role_of
from analyzers.rule import Analysis
from analyzers.source import Language, language_of
from analyzers.tree import Change, Tree


def coverage_of(tree: Tree, analysis: Analysis, change: Change | None, changed_rows: frozenset[str]) -> Coverage:
    """Return the numbers of a report, and every file that was not analysed with whether it matters."""
    planned = plan(tree.entries)
    tools = [row for row in analysis.rows if row.entry.kind == "tool"]
    return Coverage(
        files_total=len(tree.entries),
        files_read=len(tree.facts),
        files_irrelevant=len(planned.irrelevant),
        files_excluded=len(planned.excluded),
        tools_resolved=sum(1 for row in tools if is_resolved(row)),
        tools_total=len(tools),
        tools_dynamic=sum(1 for row in tools if row.entry.dynamic),
        not_analyzed=tuple(sorted(_not_analyzed(tree, analysis, change, changed_rows), key=lambda item: item.path)),
    )


def is_resolved(row: Row) -> bool:
    """Tell whether handler, transport and authorization of a tool are known."""
    return row.entry.handler is not None and row.transport != "unknown" and row.authorization.kind != "unresolved"


def _not_analyzed(
    tree: Tree, analysis: Analysis, change: Change | None, changed_rows: frozenset[str]
) -> Iterator[NotAnalyzed]:
    program = analysis.program
    changed = frozenset(change.changed) if change is not None else frozenset()
    reached = _imports_of_changed(analysis, changed_rows) if change is not None else frozenset()
    unread = {item.path: item.reason for item in (*plan(tree.entries).incomplete, *tree.unread)}
    for path, facts in tree.facts.items():
        if facts.defects:
            unread.setdefault(path, f"{facts.defects[0].text} on line {facts.defects[0].line}")
    for path, reason in unread.items():
        yield NotAnalyzed(path, reason, _matters(path, change, changed, reached))
    yield from _other_languages(tree, program, change, changed)


def _matters(path: str, change: Change | None, changed: frozenset[str], reached: frozenset[str]) -> bool:
    if change is None:
        return role_of(path) is Role.PRODUCT
    return path in changed or module_stem(path) in reached


def module_stem(path: str) -> str:
    """Return the name by which a file is imported: its own, or that of its package."""
    directory, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    return directory.rpartition("/")[2] if stem == "__init__" else stem


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
    tree: Tree, program: Program, change: Change | None, changed: frozenset[str]
) -> Iterator[NotAnalyzed]:
    """Yield files of languages without reader where a server is written in one."""
    serving: dict[tuple[str, Language], str] = {}
    for path, facts in tree.facts.items():
        language = language_of(path)
        if facts.servers and language in LANGUAGE_NAMES and role_of(path) in (Role.PRODUCT, Role.EXAMPLE):
            serving[program.package_root(path), language] = facts.servers[0]
    for path, facts in tree.facts.items():
        language = language_of(path)
        if language not in LANGUAGE_NAMES:
            continue
        server = serving.get((program.package_root(path), language))
        if server is None or role_of(path) in (Role.TEST, Role.VENDORED, Role.GENERATED):
            continue
        if facts.servers or path in changed:
            reason = f"{LANGUAGE_NAMES[language]} is not read yet, and a server here is written with {server}"
            yield NotAnalyzed(path, reason, change is None or path in changed)


def in_scope(items: Iterable[NotAnalyzed]) -> bool:
    """Tell whether any of the files matters to the verdict."""
    return any(item.in_scope for item in items)
