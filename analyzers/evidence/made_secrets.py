"""Secrets that a tool is there to make for its caller: `create_api_key`."""

from analyzers.authority.rows import Row
from analyzers.flow import secrets
from analyzers.flow.secrets import Secret

MAKING = frozenset({"create", "generate", "issue", "make", "mint", "new", "regenerate", "rotate"})
MADE = frozenset({secrets.ANSWER, secrets.MINTED})


def is_made_for_caller(row: Row, secret: Secret) -> bool:
    """Tell whether a tool says by its name that it makes a secret, which nobody used before.

    So is what the answer about something holds that the tool makes: the key of `create_api`.
    """
    name = row.name.lower().replace("-", "_")
    if MAKING.isdisjoint(name.split("_")[:2]):
        return False
    named = secret.name.lower().replace("_", "").replace("-", "")
    return secret.kind == secrets.NAMED or (secret.kind in MADE and bool(named) and named in name.replace("_", ""))
