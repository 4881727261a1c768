"""Patches that give a server a verifier of tokens; who issues them is read from the environment."""

from collections.abc import Mapping

import msgspec

from analyzers.authority.servers import ServerState
from analyzers.finding import Edit, Safety
from analyzers.fixes.definitions import Definition, defined, imported
from analyzers.fixes.rewrite import argument_text, set_argument, set_arguments
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function
from analyzers.project.servers import served_by
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
VERIFIER = Definition(
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
            subject=claims["sub"],
        )""",
    (
        "import asyncio",
        "import os",
        "import jwt",
        "from mcp.server.auth.provider import AccessToken",
    ),
)
SDK = Definition(
    f"""{VERIFIER.source}


def auth_settings() -> AuthSettings:
    return AuthSettings(
        issuer_url=os.environ["MCP_AUTH_ISSUER"], resource_server_url=os.environ["MCP_AUTH_AUDIENCE"]
    )""",
    (*VERIFIER.imports, "from mcp.server.auth.settings import AuthSettings"),
)
DEPENDENCY = Definition(
    """@functools.cache
def signing_keys() -> jwt.PyJWKClient:
    return jwt.PyJWKClient(os.environ["MCP_AUTH_JWKS_URI"])


async def verified_caller(presented: HTTPAuthorizationCredentials = Depends(HTTPBearer())) -> dict:
    try:
        key = await asyncio.to_thread(signing_keys().get_signing_key_from_jwt, presented.credentials)
        return jwt.decode(
            presented.credentials,
            key.key,
            algorithms=["RS256"],
            audience=os.environ["MCP_AUTH_AUDIENCE"],
            issuer=os.environ["MCP_AUTH_ISSUER"],
            options={"require": ["exp", "aud", "iss", "sub"]},
        )
    except jwt.PyJWTError:
        raise HTTPException(status_code=401, headers={"WWW-Authenticate": "Bearer"}) from None""",
    (
        "import asyncio",
        "import functools",
        "import os",
        "import jwt",
        "from fastapi import Depends, HTTPException",
        "from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer",
        "from fastapi_mcp import AuthConfig",
    ),
)
APPLICATION = Definition(
    VERIFIER.source,
    (
        *VERIFIER.imports,
        "from mcp.server.auth.middleware.auth_context import AuthContextMiddleware",
        "from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware",
        "from starlette.middleware import Middleware",
        "from starlette.middleware.authentication import AuthenticationMiddleware",
    ),
)
SIGNED_IN = '(os.environ["INTERFACE_USER"], os.environ["INTERFACE_PASSWORD"])'
LAYERS = (
    "Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(BearerVerifier())), "
    "Middleware(AuthContextMiddleware)"
)


class _Way(msgspec.Struct, frozen=True):
    """How a framework is given a verifier: what is defined, and the constructor's arguments."""

    definition: Definition
    arguments: dict[str, str]


SDK_WAY = _Way(SDK, {"auth": "auth_settings()", "token_verifier": "BearerVerifier()"})
WAYS = {
    Framework.FASTMCP: _Way(FASTMCP, {"auth": "token_verifier()"}),
    Framework.SDK_FASTMCP: SDK_WAY,
    Framework.SDK_SERVER: SDK_WAY,
    Framework.FASTAPI: _Way(DEPENDENCY, {"auth_config": "AuthConfig(dependencies=[Depends(verified_caller)])"}),
}
# The first versions that have what the patches import.
SINCE = {"fastmcp": (2, 11), "mcp": (1, 10), "fastapi_mcp": (0, 3)}


def authenticated(analysis: Analysis, state: ServerState, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the change that makes a server verify tokens.

    None where its constructor is not the framework's own, or what serves a low-level one is no application in sight.
    """
    if state.server.framework is Framework.LOW_LEVEL:
        return _around_application(analysis, state, texts)
    if state.server.framework is Framework.GRADIO:
        return _of_interface(state.server.site, texts)
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


def _of_interface(site: Reference, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return a web interface that lets in who signs in, its tools included."""
    text = texts.get(site.function.file.path)
    edit = set_argument(text, site.function, site.value, "auth", SIGNED_IN) if text is not None else None
    if text is None or edit is None:
        return None
    title = "Let only those call the tools who sign in (decide who may, and with what)"
    return Proposal(title, Safety.REVIEW, (*imported(site.function.file.path, ("import os",), text), edit))


def _around_application(analysis: Analysis, state: ServerState, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the application that serves a low-level server, with a verifier, and what it mounts behind that."""
    program, path = analysis.program, state.server.site.function.file.path
    required = allowed(program, path, "mcp")
    root = program.package_root(path)
    sites = [
        (function, call)
        for function, call in program.call_sites("Starlette")
        if function.file.path in analysis.product and program.package_root(function.file.path) == root
    ]
    if len(sites) != 1 or (required is not None and required.is_before(SINCE["mcp"])):
        return None
    ((function, call),) = sites
    text = texts.get(function.file.path)
    mounted = _mounted(analysis, function, call, text) if text is not None else ()
    if text is None or not mounted:
        return None
    given = argument_text(text, function, call, ("middleware",), -1)
    layers = f"[{LAYERS}]" if given is None else f"[{LAYERS}, *({given})]"
    edit = set_argument(text, function, call, "middleware", layers)
    added = defined(function, function.facts.values[call].start, APPLICATION, text) if edit is not None else ()
    title = "Verify the token of every request (decide issuer, keys and audience)"
    return Proposal(title, Safety.REVIEW, (*added, *mounted, edit)) if added and edit is not None else None


def _mounted(analysis: Analysis, function: Function, application: int, text: bytes) -> tuple[Edit, ...]:
    """Return what an application mounts, as it refuses who has no token; none where some is reached by a plain route.

    The refusal cannot stand around the application itself, which has to hear of its start and its end.
    """
    around = function.facts.values[application]
    edits: list[Edit] = []
    for other, call in analysis.program.call_sites("Mount"):
        node = other.facts.values[call]
        if other is not function or not around.start <= node.start < around.end:
            continue
        served = argument_text(text, function, call, ("app",), 1)
        wrapped = f"RequireAuthMiddleware({served}, required_scopes=[])"
        edit = set_argument(text, function, call, "app", wrapped) if served and "app" in node.names else None
        if edit is None:
            return ()
        edits.append(edit)
    streams = (other.file for other, _ in analysis.program.call_sites("SseServerTransport"))
    return () if function.file in streams else tuple(edits)


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
        (mcp.server_framework(name) is not None or mcp.is_generated(name))
        and not (required is not None and required.is_before(SINCE[distribution]))
        and all(function.facts.values[value].op == "none" for value in given)
    )
