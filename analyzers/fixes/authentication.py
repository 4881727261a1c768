"""Patches that give a server a verifier of tokens; who issues them is read from the environment."""

from collections.abc import Mapping
from typing import NamedTuple

from analyzers.authority.authentication import served_by
from analyzers.authority.servers import ServerState
from analyzers.finding import Safety
from analyzers.fixes.definitions import Definition, defined
from analyzers.fixes.rewrite import set_arguments
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework
from analyzers.project.targets import Reference
from analyzers.project.versions import allowed
from analyzers.rule import Analysis, Proposal

FASTMCP = Definition(
    """class ExpiringVerifier(JWTVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        access = await super().verify_token(token)
        return access if access is not None and access.expires_at is not None else None


def token_verifier() -> ExpiringVerifier:
    return ExpiringVerifier(
        jwks_uri=os.environ["MCP_AUTH_JWKS_URI"],
        issuer=os.environ["MCP_AUTH_ISSUER"],
        audience=os.environ["MCP_AUTH_AUDIENCE"],
    )""",
    ("import os", "from fastmcp.server.auth import AccessToken, JWTVerifier"),
)
SDK = Definition(
    """class BearerVerifier:
    def __init__(self) -> None:
        self.keys = jwt.PyJWKClient(os.environ["MCP_AUTH_JWKS_URI"])
        self.issuer = os.environ["MCP_AUTH_ISSUER"]
        self.audience = os.environ["MCP_AUTH_AUDIENCE"]

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            key = await asyncio.to_thread(self.keys.get_signing_key_from_jwt, token)
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": ["exp", "aud", "iss", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return AccessToken(
            token=token,
            client_id=claims.get("client_id", claims["sub"]),
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            resource=self.audience,
        )


def auth_settings() -> AuthSettings:
    return AuthSettings(
        issuer_url=os.environ["MCP_AUTH_ISSUER"], resource_server_url=os.environ["MCP_AUTH_AUDIENCE"]
    )""",
    (
        "import asyncio",
        "import os",
        "import jwt",
        "from mcp.server.auth.provider import AccessToken",
        "from mcp.server.auth.settings import AuthSettings",
    ),
)


class _Way(NamedTuple):
    """How a framework is given a verifier: what is defined, and the constructor's arguments."""

    definition: Definition
    arguments: dict[str, str]


SDK_WAY = _Way(SDK, {"auth": "auth_settings()", "token_verifier": "BearerVerifier()"})
WAYS = {
    Framework.FASTMCP: _Way(FASTMCP, {"auth": "token_verifier()"}),
    Framework.SDK_FASTMCP: SDK_WAY,
    Framework.SDK_SERVER: SDK_WAY,
}
# The first versions that have what the patches import.
SINCE = {"fastmcp": (2, 11), "mcp": (1, 10)}


def authenticated(analysis: Analysis, state: ServerState, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the change that makes a server verify tokens, None where its constructor is not the framework's own."""
    holders = served_by(state.server)
    way = WAYS.get(state.server.framework)
    site = holders[0].site if len(holders) == 1 and holders[0].framework is state.server.framework else None
    text = texts.get(site.function.file.path) if site is not None else None
    if way is None or site is None or text is None or not _is_open(analysis, site):
        return None
    edit = set_arguments(text, site.function, site.value, way.arguments)
    added = defined(site.function, site.node.start, way.definition, text)
    if edit is None or not added:
        return None
    also = "" if state.transport == "http" else ", and how it starts over stdio"
    title = f"Verify the token of every connection (decide issuer, keys and audience{also})"
    return Proposal(title, Safety.REVIEW, (*added, edit))


def _is_open(analysis: Analysis, site: Reference) -> bool:
    """Tell whether a site calls the framework's constructor, in a version that takes a verifier, and passes none."""
    function, node = site.function, site.node
    if node.op != "call":
        return False
    name = analysis.flow.resolver.external(function, node.args[0])
    distribution = mcp.root_of(name)
    required = allowed(analysis.program, function.file.path, distribution)
    given = [node.args[node.names.index(key) + 1] for key in mcp.AUTHENTICATION_KEYWORDS if key in node.names]
    return (
        mcp.server_framework(name) is not None
        and not (required is not None and required.is_before(SINCE[distribution]))
        and all(function.facts.values[value].op == "none" for value in given)
    )
