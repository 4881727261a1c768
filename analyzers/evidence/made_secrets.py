"""Secrets that a tool is there to make for its caller: `create_api_key`."""

from analyzers.authority.rows import Row
from analyzers.flow import secrets
from analyzers.flow.secrets import Secret

MAKING = frozenset({"create", "generate", "issue", "make", "mint", "new", "regenerate", "rotate"})
MADE = frozenset({secrets.ANSWER, secrets.MINTED, secrets.NAMED})


def is_made_for_caller(row: Row, secret: Secret) -> bool:
    """Tell whether a tool says by its name that it makes a secret, which nobody used before."""
    name = row.name.lower().replace("-", "_")
    named = secret.name.lower().replace("_", "").replace("-", "")
    is_making = not MAKING.isdisjoint(name.split("_")[:2])
    return is_making and secret.kind in MADE and bool(named) and named in name.replace("_", "")
