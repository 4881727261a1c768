"""Forms of somebody else's that a tool fills in to read what anybody may read."""

from collections.abc import Sequence

from analyzers.flow.authorities import host_text
from analyzers.flow.effects import Effect
from analyzers.frameworks import sinks
from analyzers.project.servers import EntryPoint

READING, PUBLIC = "read-private", "read-public"
# How hosts end that only the network of the server knows.
OWN_HOSTS = (".internal", ".local", ".localhost", ".lan", ".corp", ".svc", ".test", ".home", "localhost")


def without_forms(entry: EntryPoint, effects: Sequence[Effect]) -> Sequence[Effect]:
    """Return what an entry point does, with what it only posts in order to read, by its name, as harmless."""
    if sinks.vocabulary(sinks.snake(entry.name)) != READING:
        return effects
    return [effect._replace(kind=PUBLIC) if _is_form(effect) else effect for effect in effects]


def _is_form(effect: Effect) -> bool:
    """Tell whether nobody signs a request, which goes to a known host of the internet."""
    return effect.method == "POST" and not effect.credentials and is_on_the_internet(effect)


def is_on_the_internet(effect: Effect) -> bool:
    """Tell whether a request goes to a host that is written in the code, and that anybody can ask for the same."""
    host = host_text(effect.url) if effect.url else ""
    return bool(host) and host.rpartition(".")[2].isalpha() and not host.endswith(OWN_HOSTS)
