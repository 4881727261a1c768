"""How credentials, destinations and authentication of rows are put in words."""

from analyzers.authority.servers import ServerState
from analyzers.finding import LOCAL
from analyzers.flow.authorities import host_labels
from analyzers.flow.effects import Effect, reach
from analyzers.flow.labels import MARK, ROLE, Labels

CALLER_OWNED = ("header:", "id:token", "exchanged")
ANY_HOST = "any host"
# Hosts that a caller chooses, where a condition lets some through: those with a public address, those of a list.
PUBLIC_HOSTS = "public hosts"
ALLOWED_HOSTS = "allowed hosts"
ADDRESSES = ("URL", "URI", "HOST", "ENDPOINT", "ADDRESS", "SERVER", "DOMAIN", "BASE")
# What a variable that names a place of the file system ends with: settings are read there, nothing is sent there.
PLACES = ("FILE", "PATH", "DIR", "DIRECTORY", "FOLDER")


def credential_texts(labels: Labels) -> list[str]:
    """Return credentials as shown: the variable's name, never a value."""
    found = []
    for label in sorted(label for label in labels if MARK not in label):
        kind, _, name = label.partition(":")
        if kind == "env":
            found.append(name if name != "?" else "a variable of the environment")
        elif kind == "lit":
            found.append("a literal in the source")
        elif kind == "ambient":
            found.append(name)
        elif kind == "header":
            found.append(f"the caller's header {name}")
        elif label == "id:token":
            found.append("the caller's own token")
        else:
            found.append("exchanged per call" if label != ROLE else "a role in the caller's name")
    return list(dict.fromkeys(found))


def destination_text(effect: Effect) -> str:
    """Return where a request goes: its host, `any host` when a caller controls it, a setting, or ""."""
    host = reach(effect)
    if host:
        return host
    labels = host_labels(effect.url)
    if any(MARK in label for label in labels):
        return ANY_HOST
    variables = sorted(label.partition(":")[2] for label in labels if label.startswith("env:"))
    settings = [name for name in variables if name.upper().rpartition("_")[2] not in PLACES]
    named = [name for name in settings if any(word in name.upper() for word in ADDRESSES)]
    # Of many variables that a value may come from, the one that is called an address is meant; of several none is.
    return next((found[0] for found in (named, settings) if len(found) == 1), "a configured host")


def authentication_text(state: ServerState) -> str:
    """Return how connections to a server are authenticated, and where that is written."""
    if state.transport == "stdio":
        return LOCAL
    if not state.authentication:
        return "none"
    place = state.authenticated_at
    where = f" ({place.path}:{place.line})" if place is not None else ""
    return f"{'possibly ' if state.possibly else ''}{state.authentication}{where}"


def owned_by_caller(effect: Effect) -> bool:
    """Tell whether an effect runs with the caller's own or a delegated credential, and with no other."""
    held = [label for label in effect.credentials if MARK not in label]
    return bool(held) and all(map(is_callers_own, held))


def is_callers_own(label: str) -> bool:
    """Tell whether a credential carries the caller's rights: the server's role does not, in whose name it may be."""
    return label.startswith(CALLER_OWNED) and label != ROLE
