"""Which versions of a distribution a project may install, by its manifests and lock files."""

import msgspec
import re2

from analyzers.project.program import Program

Version = tuple[int, ...]
CLAUSE = re2.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~)?\s*v?(\d+(?:\.\d+)*)(\.\*)?")
ABOVE_ALL: Version = (1 << 30,)
# The folders of what a built distribution, or one made ready to be built, says of itself.
BUILT = (".dist-info", ".egg-info")


class Allowed(msgspec.Struct, frozen=True):
    """The versions from `low` on and below `high`; `low` is empty where nothing is said of it."""

    low: Version
    high: Version

    def is_from(self, minimum: Version) -> bool:
        """Tell whether the project has this version or a later one: its lock says so, or the newest it allows is."""
        return bool(self.low) and self.low[0] >= minimum[0] and self.high > minimum

    def is_before(self, version: Version) -> bool:
        """Tell whether every version that the project may have is an earlier one."""
        return self.high <= version


def allowed(program: Program, path: str, distribution: str) -> Allowed | None:
    """Return what the package of a file requires of a distribution, what a lock file pins first; None if nothing."""
    for folder in _folders(program.package_root(path)):
        stated = _stated(program, folder, path, distribution)
        if stated:
            return max(stated, key=lambda item: (item.low, [-part for part in item.high]))
    return None


def _stated(program: Program, folder: str, path: str, distribution: str) -> list[Allowed]:
    """Return what the files of a folder require of a distribution; what several built ones say, only of its own."""
    found: list[Allowed] = []
    built: dict[str, Allowed] = {}
    for file in program.files.values():
        text = file.facts.pins.get(distribution)
        above, _, name = file.directory.rpartition("/")
        if text is not None and file.directory == folder:
            found.append(parse(text))
        elif text is not None and above == folder and name.endswith(BUILT):
            built[name.rpartition(".")[0].partition("-")[0].lower()] = parse(text)
    top = path.removeprefix(f"{folder}/" if folder else "").partition("/")[0].lower()
    return [*found, *(built.values() if len(built) == 1 else [built[top]] if top in built else [])]


def parse(requirement: str) -> Allowed:
    """Return the versions that a requirement allows: `>=3,<4`, `~=2.14`, `^3.1`, `==4.1.2`, `4.*`."""
    low: Version = ()
    high = ABOVE_ALL
    for match in CLAUSE.finditer(requirement):
        operator, version = match.group(1) or "==", tuple(int(part) for part in match.group(2).split("."))
        floor, ceiling = _range(operator, version, wildcard=bool(match.group(3)))
        low, high = max(low, floor), min(high, ceiling)
    return Allowed(low, high)


def _range(operator: str, version: Version, *, wildcard: bool) -> tuple[Version, Version]:
    if operator in (">=", ">"):
        return version, ABOVE_ALL
    if operator in ("<", "<="):
        return (), version if operator == "<" else (*version, 1)
    if operator == "!=":
        return (), ABOVE_ALL
    if operator == "^":
        return version, (version[0] + 1,)
    if operator in ("~=", "~"):
        kept = version[:-1] if operator == "~=" and len(version) > 1 else version[:2]
        return version, _next(kept)
    return version, _next(version) if wildcard else (*version, 1)


def _next(version: Version) -> Version:
    return (*version[:-1], version[-1] + 1)


def _folders(folder: str) -> list[str]:
    """Return a folder and those above it."""
    found = [folder]
    while folder:
        folder = folder.rpartition("/")[0]
        found.append(folder)
    return found
