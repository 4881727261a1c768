"""Whether the name of a tool says that it changes something."""

from functools import lru_cache

from analyzers.frameworks.sinks import DESTROY, READ, WRITE, snake

CHANGING = frozenset({*WRITE, *DESTROY})
# Verbs that are names of things as well, where they do not follow another verb, `get_or_schedule`.
THINGS = frozenset(
    {
        *("post", "patch", "schedule", "archive", "checkout", "run", "set", "start", "stop", "scale", "import"),
        *("commit", "trigger", "transition", "drop", "close", "merge", "reply", "transfer", "mint", "buy", "sell"),
    }
)
JOINING = frozenset({"or", "and", "then"})


@lru_cache(4096)
def says_change(name: str) -> bool:
    """Tell whether a name says that something is changed: `get_or_create_order` does, `get_team_schedule` does not.

    Of a name that begins with reading, words that are things as well are what is read.
    """
    words = [word for word in snake(name).split("_") if word]
    reads = bool(words) and words[0] in READ
    return any(
        word in CHANGING and not (reads and word in THINGS and words[index - 1] not in JOINING)
        for index, word in enumerate(words)
    )


@lru_cache(4096)
def says_reading(name: str) -> bool:
    """Tell whether the first verb of a name is one of reading, `odp_search_applications`, and none is of changing."""
    verbs = (word for word in snake(name).split("_") if word in READ or word in CHANGING)
    return next(verbs, "") in READ and not says_change(name)
