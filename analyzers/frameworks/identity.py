"""How a handler learns who calls it, and which of those ways are verified.

A label on a value tells where it came from: `id` a verified identity, `id:token` its raw bearer token, `claim:x` a
claim of it, `caller:x` something the caller merely says, `header:x` an inbound header, `tool` the name of the called
tool, `args` the arguments of the call.
"""

import functools

VERIFIED = frozenset(
    {
        "fastmcp.server.dependencies.get_access_token",
        "fastmcp.dependencies.CurrentAccessToken",
        "fastmcp.server.dependencies.CurrentAccessToken",
        "fastmcp.dependencies.get_access_token",
        "mcp.server.auth.middleware.auth_context.get_access_token",
        "mcp.server.auth.middleware.get_access_token",
    }
)
CLAIM_READERS = frozenset({"fastmcp.server.dependencies.TokenClaim", "fastmcp.dependencies.TokenClaim"})
HEADER_TABLES = frozenset({"starlette.datastructures.Headers", "fastapi.datastructures.Headers"})
# What an ASGI application makes of the scope of a request.
REQUESTS = HEADER_TABLES | {
    *("starlette.requests.Request", "starlette.requests.HTTPConnection", "starlette.websockets.WebSocket"),
    *("fastapi.Request", "fastapi.requests.Request", "fastapi.requests.HTTPConnection", "fastapi.WebSocket"),
}
HEADER_READERS = frozenset(
    {
        "fastmcp.server.dependencies.get_http_headers",
        "fastmcp.server.dependencies.get_http_request",
        "fastmcp.dependencies.CurrentHeaders",
        "fastmcp.dependencies.CurrentRequest",
        "fastmcp.server.dependencies.CurrentHeaders",
        "fastmcp.server.dependencies.CurrentRequest",
    }
)
# What raises where no HTTP request is being handled.
REQUEST_READERS = frozenset(
    {
        "fastmcp.server.dependencies.get_http_request",
        "fastmcp.dependencies.CurrentRequest",
        "fastmcp.server.dependencies.CurrentRequest",
    }
)
# `request_context.request` of servers and of contexts of calls, by whatever way a function got one of them.
REQUEST_CONTEXT, HELD_REQUEST = "request_context", "request"
# What holds the HTTP request that a call came with, which is None where there is none.
REQUEST_CONTEXTS = frozenset({"mcp.server.lowlevel.server.request_ctx.get()"})
# Attributes of a verified token that hold grants or the subject.
CLAIM_ATTRIBUTES = frozenset({"scopes", "claims", "client_id", "subject", "roles", "permissions", "groups", "resource"})
# Attributes of a Context that the caller chooses.
CALLER_ATTRIBUTES = frozenset(
    {
        *("client_id", "session_id", "client_info", "clientInfo"),
        *("client_params", "meta", "request_id"),
    }
)
# The last word of the name of a parameter that may be given a verified identity, or a part of one.
IDENTITY_WORDS = frozenset(
    {
        *("token", "claims", "user", "principal", "identity", "auth", "caller", "subject", "session", "actor"),
        *("scopes", "roles", "groups", "permissions", "grants", "scope", "role", "tok", "access"),
    }
)
# The class of verified tokens in every framework, and how its dotted names end.
ACCEPTED_CLASS = "AccessToken"
VERIFIED_CLASS = f".{ACCEPTED_CLASS}"
# What a client says of itself: attribute of a context -> in words.
SELF_DESCRIPTIONS = {
    "client_id": "the client's id",
    "client_info": "the client's name",
    "clientInfo": "the client's name",
    "client_params": "the client's name",
    "meta": "the request's metadata",
    "session_id": "the session's id",
}
# Headers by which a caller, or a gateway that is not in sight, says who is calling.
IDENTITY_HEADERS = frozenset(
    {
        *("x-user-id", "x-user", "x-user-email", "x-user-name", "x-username", "x-user-role", "x-user-roles"),
        *("x-role", "x-roles", "x-tenant", "x-tenant-id", "x-org-id", "x-organization-id", "x-account-id"),
        *("x-forwarded-user", "x-forwarded-email", "x-auth-user", "x-authenticated-user", "x-remote-user"),
        *("x-client-id", "x-subject", "x-principal", "x-on-behalf-of", "x-groups", "x-is-admin"),
    }
)
# Parameters by which a caller says for whom it acts.
IDENTITY_PARAMETERS = frozenset(
    {
        *("user_id", "userid", "user_email", "user_google_email", "current_user", "current_user_id", "owner_id"),
        *("tenant_id", "tenant", "acting_as", "acting_user", "on_behalf_of", "as_user", "impersonate"),
        *("caller_id", "requester_id", "requested_by", "requesting_user", "principal_id", "subject_id"),
        *("user_identifier", "user_uuid", "tenant_identifier", "tenant_key"),
    }
)
# Parameters by which a caller says what it may.
STANDING_PARAMETERS = IDENTITY_PARAMETERS | frozenset(
    {
        *("is_admin", "admin", "is_superuser", "is_owner", "is_authorized", "authorized", "is_authenticated"),
        *("authenticated", "has_permission", "permissions", "permission_level", "access_level", "clearance"),
        *("role", "roles", "user_role", "caller_role", "groups", "scopes", "user", "username", "user_name", "email"),
        *("actor", "caller", "requester", "principal", "approver", "approved_by", "agent", "agent_id", "agent_role"),
    }
)
# Words in what refuses a call for want of a right.
REFUSING_WORDS = (
    *("permission", "forbidden", "denied", "unauthorized", "unauthorised", "not authorized", "not authorised"),
    *("not allowed", "privilege", "accessdenied", "admin only", "only admin", "admins only", "access to"),
)
VERIFIERS = (
    *("jwt.decode", "jwt.decode_complete", "jose.jwt.decode", "authlib.jose.jwt.decode", "joserfc.jwt.decode"),
    *("google.oauth2.id_token.verify_oauth2_token", "google.oauth2.id_token.verify_token"),
)
# Verifiers of identity providers, which are made for one audience and always ask for it.
PROVIDERS_VERIFIERS = (
    *("auth0_api_python.ApiClient().verify_access_token", "auth0_api_python.ApiClient().verify_request"),
    *("firebase_admin.auth.verify_id_token", "firebase_admin.auth.verify_session_cookie"),
)
UNVERIFIED = (
    *("jose.jwt.get_unverified_claims", "jwt.get_unverified_claims"),
    *("jose.jws.get_unverified_claims",),
)
# Methods by which an authentication provider turns a token's text into an identity.
VERIFYING_METHODS = ("verify_token", "load_access_token", "authenticate", "validate_token")
# Methods of a framework's authentication providers that run for every caller.
AUTH_HOOKS = (
    *("verify_token", "load_access_token", "authorize", "register_client", "revoke_token"),
    *("exchange_authorization_code", "exchange_refresh_token", "load_authorization_code", "load_refresh_token"),
)
DEBUG_VERIFIER = "DebugTokenVerifier"
# Names by which an unresolvable call is taken for a guard, one step less sure.
GUARD_VERBS = (
    *("require", "requires", "check", "ensure", "assert", "authorize", "authorise", "enforce", "needs", "verify"),
    *("has", "guard", "protect", "restrict", "validate"),
)
GUARD_NOUNS = (
    *("scope", "perm", "role", "auth", "access", "policy", "tool", "claim", "grant", "entitle", "admin", "owner"),
)


def may_be_identity(name: str) -> bool:
    """Tell whether a parameter may be given a verified identity, by its name."""
    return name.rpartition("_")[2].lower() in IDENTITY_WORDS


@functools.cache
def is_guard_name(name: str) -> bool:
    """Tell whether a function's own name says that it authorizes, as `require_scope` or `ensureCanAccess`."""
    lowered = name.lower()
    for verb in GUARD_VERBS:
        if lowered.startswith(verb):
            rest = lowered[len(verb) :]
            return any(noun in rest for noun in GUARD_NOUNS)
    return False
