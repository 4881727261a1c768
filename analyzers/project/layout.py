"""Where the packages of a tree begin, and which of its files an import names: all that paths alone tell."""

import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

FRAMEWORKS = ("mcp", "fastmcp")
OF_FRAMEWORKS = ("mcp.server", "mcp.types", "mcp.client", "mcp.shared", "mcp.cli", "fastmcp.server")
MANIFESTS = ("pyproject.toml", "setup.py", "requirements.txt", "package.json")


class Layout:
    """The paths of a tree; `sources` are those that can be imported."""

    def __init__(self, paths: Collection[str], sources: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._manifest_folders = {posixpath.dirname(path) for path in self._paths if self._is_manifest(path)}
        self._roots: dict[str, str] = {}
        self._suffixes: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for path in sorted(sources):
            for root, name in _module_names(path):
                self._suffixes[name].append((root, path))
        self._modules: dict[tuple[str, str], str | None] = {}

    def package_root(self, path: str) -> str:
        """Return the folder of the nearest manifest above a file, "" for the root of the tree."""
        directory = posixpath.dirname(path)
        known = self._roots.get(directory)
        if known is None:
            known = directory
            while known and known not in self._manifest_folders:
                known = posixpath.dirname(known)
            self._roots[directory] = known
        return known

    def module(self, name: str, directory: str) -> str | None:
        """Return the path that `import name` loads in a file of a folder, None when it lies outside the tree.

        Relative names begin with dots. An absolute name counts when the folder that it starts from is on the
        importer's own path, or is the root of a package.
        """
        key = (name, directory)
        if key not in self._modules:
            find = self._relative if name.startswith(".") else self._absolute
            self._modules[key] = find(name, directory)
        return self._modules[key]

    def imported(self, statement: str, directory: str) -> Iterator[str]:
        """Yield the paths that `module|name` of an `import` value in a file of a folder may load."""
        module, _, name = statement.partition("|")
        inner = f"{module}{'' if module.endswith('.') else '.'}{name}" if name else ""
        for dotted in (module, inner):
            found = self.module(dotted, directory) if dotted else None
            if found is not None:
                yield found

    def _absolute(self, name: str, directory: str) -> str | None:
        best: tuple[int, int] | None = None
        found: str | None = None
        for root, path in self._suffixes.get(name, ()):
            inside = root == "" or directory == root or directory.startswith(root + "/")
            if not inside and not self._is_root(path, root, name):
                continue
            if self._is_framework_elsewhere(name, root):
                continue
            rank = (0 if inside else 1, -len(root))
            if best is None or rank < best:
                best, found = rank, path
        return found

    def _relative(self, name: str, directory: str) -> str | None:
        stem = name.lstrip(".")
        for _ in range(len(name) - len(stem) - 1):
            directory = posixpath.dirname(directory)
        base = posixpath.join(directory, *stem.split(".")) if stem else directory
        package = posixpath.join(base, "__init__.py")
        return next((path for path in (f"{base}.py" if stem else "", package) if path in self._paths), None)

    def _is_framework_elsewhere(self, name: str, root: str) -> bool:
        """Tell whether a name is the installed framework's, though the program has a folder of that name too.

        `from mcp.server import Server` in `app/mcp/server.py` does not mean that file: a program that put its own
        `mcp` before the framework's would have none.
        """
        if name not in FRAMEWORKS and not f"{name}.".startswith(tuple(f"{known}." for known in OF_FRAMEWORKS)):
            return False
        package = posixpath.join(root, name.partition(".")[0])
        return posixpath.join(package, "server", "__init__.py") not in self._paths

    def _is_root(self, path: str, root: str, name: str) -> bool:
        if posixpath.join(root, "__init__.py") in self._paths:
            return False
        return "." in name or path.endswith("/__init__.py")

    def _is_manifest(self, path: str) -> bool:
        """Tell whether a file states a package: a `setup.py` inside of a package is just a module."""
        directory, _, name = path.rpartition("/")
        return name in MANIFESTS and posixpath.join(directory, "__init__.py") not in self._paths


def _module_names(path: str) -> Iterator[tuple[str, str]]:
    """Yield every dotted name that a file can have, behind the folder that would have to be on the import path."""
    directory, name = posixpath.split(path)
    stem = directory if name == "__init__.py" else path.rpartition(".")[0]
    parts = stem.split("/") if stem else []
    for start in range(len(parts)):
        yield "/".join(parts[:start]), ".".join(parts[start:])
