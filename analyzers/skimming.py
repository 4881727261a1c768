"""Which files are only skimmed: what tests do says nothing of the product, and they are half of many repositories.

Of a skimmed file its imports, comments and credentials are known. One that the product may import is read whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from analyzers.roles import Role, role_of
from analyzers.source import Language, language_of


def is_skimmed(path: str) -> bool:
    """Tell whether a file is skimmed unless another asks for it; a `setup.py` says what the product requires."""
    is_test = language_of(path) is Language.PYTHON and role_of(path) is Role.TEST
    return is_test and path.rpartition("/")[2] != "setup.py"


def asked_for(imports: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the skimmed files that what is read whole may import, directly or not, and maybe more than these.

    `imports` are the texts `module|name` of the `import` values of each file.
    """
    waiting: dict[str, list[str]] = defaultdict(list)
    whole: list[str] = []
    for path in imports:
        (waiting[module_stem(path)] if is_skimmed(path) else whole).append(path)
    found: set[str] = set()
    while whole and waiting:
        texts = {text for path in whole for text in imports[path]}
        names = {part for text in texts for module in text.split("|") for part in module.split(".")}
        # With a module the packages around it are loaded.
        names |= {folder for path in found.intersection(whole) for folder in path.split("/")[:-1]}
        whole = [path for name in names & waiting.keys() for path in waiting.pop(name)]
        found.update(whole)
    return found


def module_stem(path: str) -> str:
    """Return the name by which a file is imported: its own, or that of its package."""
    directory, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    return directory.rpartition("/")[2] if stem == "__init__" else stem
