"""How tokens are issued and verified: libraries, their options, and who always dates what it issues."""

from typing import Literal

Library = Literal["pyjwt", "python-jose", "authlib", "joserfc"]

ENCODERS = ("jwt.encode", "jose.jwt.encode", "authlib.jose.jwt.encode", "joserfc.jwt.encode", "jwt.api_jwt.encode")
# Libraries whose `encode` takes a header in front of the claims.
HEADER_FIRST = ("authlib.", "joserfc.")
DECODERS: dict[str, Library] = {
    "jwt.decode": "pyjwt",
    "jwt.decode_complete": "pyjwt",
    "jwt.api_jwt.decode": "pyjwt",
    "jwt.PyJWT().decode": "pyjwt",
    "jose.jwt.decode": "python-jose",
    "authlib.jose.jwt.decode": "authlib",
    "authlib.jose.JsonWebToken().decode": "authlib",
    "joserfc.jwt.decode": "joserfc",
}
# The public half of a key that the process draws, whose tokens are its own.
DRAWN_KEY = "RSAKeyPair.generate().public_key"
# Verifiers of the frameworks that take a token without `exp`. Run against fastmcp 2.14.7, 3.4.9 and 4.1.2.
UNDATED_VERIFIERS = ("JWTVerifier", "BearerAuthProvider")

# Keywords of authentication providers that state how long the tokens which they issue are valid, in seconds.
PROVIDER_LIFETIMES = (
    *("access_token_expiry_seconds", "fallback_access_token_expiry_seconds", "fastmcp_access_token_expiry_seconds"),
    *("access_token_expires_in", "access_token_ttl", "access_token_ttl_seconds", "access_token_lifetime"),
)
PROVIDERS = (
    *("OAuthProxy", "OIDCProxy", "OAuthProvider", "InMemoryOAuthProvider", "Auth0Provider", "AWSCognitoProvider"),
    *("AzureProvider", "ClerkProvider", "DiscordProvider", "GitHubProvider", "GoogleProvider", "KeycloakAuthProvider"),
    *("OCIProvider", "WorkOSProvider", "AuthKitProvider", "SupabaseProvider", "DescopeProvider", "ScalekitProvider"),
)
# Of these the ones that sign callers in with another service, whose token tools are told of then.
SWAPPING = frozenset(
    {
        *("OAuthProxy", "OIDCProxy", "Auth0Provider", "AWSCognitoProvider", "AzureProvider", "ClerkProvider"),
        *("DiscordProvider", "GitHubProvider", "GoogleProvider", "OCIProvider", "WorkOSProvider"),
    }
)
# Calls with the keywords that state how long a credential is valid, in seconds.
LIFETIMES: dict[str, tuple[str, ...]] = {
    "assume_role": ("DurationSeconds",),
    "assume_role_with_web_identity": ("DurationSeconds",),
    "assume_role_with_saml": ("DurationSeconds",),
    "get_session_token": ("DurationSeconds",),
    "get_federation_token": ("DurationSeconds",),
    "create_token": ("expires_in_seconds",),
    "create_access_token": ("expires_delta",),
    "OAuthToken": ("expires_in",),
    **dict.fromkeys(PROVIDERS, PROVIDER_LIFETIMES),
}
# Words of what lives long by design, or is no grant to call anything.
OTHER_TOKENS = (
    *("refresh", "offline", "reset", "verification", "verify_email", "invit", "activat", "confirm", "unsubscribe"),
    *("csrf", "xsrf", "cookie", "cache", "remember", "magic"),
)
# Identity providers that put an `exp` into every token.
DATED_ISSUERS = (
    *(".auth0.com", "login.microsoftonline.com", "sts.windows.net", ".b2clogin.com", ".ciamlogin.com", ".okta.com"),
    *(".oktapreview.com", "cognito-idp.", "accounts.google.com", "www.googleapis.com", "securetoken.google.com"),
    *("/realms/", ".workos.com", ".authkit.app", ".clerk.accounts.dev", ".supabase.co", ".descope.com"),
    *(".scalekit.com", "token.actions.githubusercontent.com", ".stytch.com", ".pingone.com", "appleid.apple.com"),
    *(
        ".accounts.ondemand.com",
        ".accounts.cloud.sap",
        ".kinde.com",
        ".zitadel.cloud",
        ".frontegg.com",
        ".onelogin.com",
    ),
)
# What settings of such providers are called for: `AUTH0_DOMAIN`, `settings.okta.issuer`.
DATING_PROVIDERS = frozenset({"auth0", "okta", "cognito", "entra", "keycloak", "workos", "authkit", "clerk", "descope"})


def is_other_token(words: tuple[str, ...]) -> bool:
    """Tell whether one of the words says that a token is none that calls are made with."""
    return any(mark in word.lower() for word in words for mark in OTHER_TOKENS)


def always_dates(address: str) -> bool:
    """Tell whether an issuer, or the place of its keys, belongs to a provider whose tokens all expire."""
    return any(mark in address for mark in DATED_ISSUERS)


def names_dating(name: str) -> bool:
    """Tell whether the name of a setting says that it is one of such a provider."""
    return not DATING_PROVIDERS.isdisjoint(name.lower().rpartition("|")[2].split("_"))


# How the names of algorithms begin that sign with a private key, and of those that sign with what also verifies.
PUBLIC, SHARED = ("RS", "ES", "PS", "Ed"), "HS"
