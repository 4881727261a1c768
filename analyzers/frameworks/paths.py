"""Paths of `pathlib`: what makes one of another."""

from analyzers.frameworks import data_files

PATH = "pathlib.Path()"
MODULES = ("pathlib", "anyio", "aiopath")
FRAMES = ("pandas", "polars", "matplotlib", "plotly")
CLASSES = ("Path", "PosixPath", "PurePath")
STEPS = frozenset(
    {
        *("resolve()", "absolute()", "expanduser()", "joinpath()", "with_name()", "with_suffix()", "with_stem()"),
        *("relative_to()", "readlink()", "parent", "home()", "cwd()"),
    }
)


def is_path(name: str) -> bool:
    """Tell whether a canonical name is that of a path's method or attribute."""
    return name.startswith((f"{PATH}.", "anyio.Path()."))


def canonical(name: str) -> str:
    """Return the name of a path's method as that of any path's: `pathlib.Path.home().parent.unlink`."""
    module, _, rest = name.partition(".")
    head, separator, rest = rest.partition(".")
    if module in FRAMES:
        return data_files.canonical(name)
    if not separator or module not in MODULES or head.removesuffix("()") not in CLASSES:
        return name
    *steps, last = rest.split(".")
    return f"{PATH}.{last}" if STEPS.issuperset(steps) and (steps or head.endswith("()")) else name
