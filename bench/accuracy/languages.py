"""Which languages are measured: those of programs that have a reader."""

from collections.abc import Iterable

from analyzers.planning import OTHER_LANGUAGES
from analyzers.source import Language, language_of

PROGRAMS = OTHER_LANGUAGES | {Language.PYTHON, Language.TYPESCRIPT, Language.JAVASCRIPT}


def is_measured(language: str) -> bool:
    """Tell whether a language holds programs that are read."""
    return language in PROGRAMS and language not in OTHER_LANGUAGES


def unmeasured(paths: Iterable[str]) -> str:
    """Name the language for which no path is measured; "" where one of them is."""
    languages = [str(language_of(path) or "other") for path in paths]
    return "" if any(map(is_measured, languages)) else next(iter(languages), "other")
