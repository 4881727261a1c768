"""Where MCP clients connect and where tokens come from: calls and keywords that take such an address."""

import ipaddress

import msgspec

from analyzers.frameworks.tls import is_loopback
from analyzers.frameworks.tokens import PROVIDERS


class Taker(msgspec.Struct, frozen=True):
    """A call that takes the address of an endpoint, by position and keyword, and where such calls are defined."""

    what: str
    keyword: str
    position: int
    roots: tuple[str, ...] = ("fastmcp", "mcp")


SERVER = "an MCP server"
KEYS = "a key set"
TOKENS = "an authorization server"
CREDENTIALS = "a service that is sent a credential"
# Last part of the name -> what it connects to.
TAKERS: dict[str, Taker] = {
    "Client": Taker(SERVER, "transport", 0),
    "StreamableHttpTransport": Taker(SERVER, "url", 0),
    "SSETransport": Taker(SERVER, "url", 0),
    "streamablehttp_client": Taker(SERVER, "url", 0),
    "streamable_http_client": Taker(SERVER, "url", 0),
    "sse_client": Taker(SERVER, "url", 0),
    "websocket_client": Taker(SERVER, "url", 0),
    "create_proxy": Taker(SERVER, "target", 0),
    "as_proxy": Taker(SERVER, "backend", 0),
    "ProxyClient": Taker(SERVER, "transport", 0),
    "OAuthClientProvider": Taker(SERVER, "server_url", 0),
    "OAuth": Taker(SERVER, "mcp_url", 0),
    "MultiServerMCPClient": Taker(SERVER, "connections", 0, ("langchain_mcp_adapters",)),
    "MCPServerHTTP": Taker(SERVER, "url", 0, ("pydantic_ai",)),
    "MCPServerSSE": Taker(SERVER, "url", 0, ("pydantic_ai",)),
    "MCPServerStreamableHTTP": Taker(SERVER, "url", 0, ("pydantic_ai",)),
    "MCPServerSse": Taker(SERVER, "params", 0, ("agents",)),
    "MCPServerStreamableHttp": Taker(SERVER, "params", 0, ("agents",)),
    "StreamableHTTPConnectionParams": Taker(SERVER, "url", 0, ("google",)),
    "SseConnectionParams": Taker(SERVER, "url", 0, ("google",)),
    "SseServerParams": Taker(SERVER, "url", 0, ("google", "autogen_ext")),
    "StreamableHttpServerParams": Taker(SERVER, "url", 0, ("autogen_ext",)),
    "BasicMCPClient": Taker(SERVER, "command_or_url", 0, ("llama_index",)),
    "MCPServerAdapter": Taker(SERVER, "serverparams", 0, ("crewai_tools",)),
    "PyJWKClient": Taker(KEYS, "uri", 0, ("jwt",)),
    "fetch_token": Taker(TOKENS, "url", 0, ("authlib",)),
}
# Verifiers, providers and their settings; their keywords below name endpoints.
CONFIGURED = (
    *("JWTVerifier", "BearerAuthProvider", "IntrospectionTokenVerifier", "RemoteAuthProvider", "AuthSettings"),
    *("OAuth2Session", "AsyncOAuth2Client", "OAuth2Client", "MultiAuth", *PROVIDERS),
)
CONFIGURED_ROOTS = ("fastmcp", "mcp", "authlib", "requests_oauthlib")
ENDPOINTS = {
    "jwks_uri": KEYS,
    "issuer": "an issuer",
    "issuer_url": "an issuer",
    "resource_server_url": "this server",
    "base_url": "this server",
    "resource_base_url": "this server",
    "authorization_servers": TOKENS,
    "introspection_url": TOKENS,
    "introspection_endpoint": TOKENS,
    "token_endpoint": TOKENS,
    "token_url": TOKENS,
    "authorization_endpoint": TOKENS,
    "upstream_authorization_endpoint": TOKENS,
    "upstream_token_endpoint": TOKENS,
    "upstream_revocation_endpoint": TOKENS,
    "config_url": TOKENS,
    "realm_url": TOKENS,
    "project_url": TOKENS,
    "environment_url": TOKENS,
}
# Parts of paths by which the address of a plain request is one of these endpoints.
AUTHORIZATION_PATHS = ("/oauth", "/token", "/jwks", "/.well-known/", "/introspect", "/authorize", "/mcp", "/sse")
METADATA = frozenset({"fd00:ec2::254", "metadata.google.internal", "metadata"})
INTERNAL_ENDINGS = (".svc", ".internal", ".local", ".lan", ".intranet", ".home.arpa", ".test", ".localdomain")


def is_this_machine(host: str) -> bool:
    """Tell whether a host is the machine itself; the unspecified address reaches nothing else either."""
    return is_loopback(host) or host.strip("[]") in ("0.0.0.0", "::", "")  # noqa: S104


def is_metadata(host: str) -> bool:
    """Tell whether a host is where a cloud tells its machines of themselves: on the link alone, without encryption."""
    plain = host.strip("[]").lower().rstrip(".")
    return plain.startswith("169.254.") or plain in METADATA


def is_internal(host: str) -> bool:
    """Tell whether a host has no name outside of its own network: a single label, a private address or zone."""
    plain = host.strip("[]").lower().rstrip(".")
    try:
        return not ipaddress.ip_address(plain).is_global
    except ValueError:
        return "." not in plain or plain.endswith(INTERNAL_ENDINGS) or ".svc." in plain
