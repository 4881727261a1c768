"""Who calls: an App by its JWT, or an installation by its token, as GitHub decides it."""

import contextlib
from datetime import timedelta

import jwt

from tests.standin.accounts import App, Token
from tests.standin.exchange import Refused
from tests.standin.state import State

LONGEST_JWT = timedelta(minutes=10)
UNREADABLE = "A JSON web token could not be decoded"


def credential(authorization: str) -> str:
    """Return the secret of an Authorization header, or refuse the scheme."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() not in {"bearer", "token"} or not value:
        raise Refused(401, "Bad credentials")
    return value


def app_of(state: State, authorization: str) -> App:
    """Return the App that signed the JWT, or refuse it: RS256, lifetime at most ten minutes."""
    value = credential(authorization)
    if value.startswith("gh"):
        raise Refused(401, UNREADABLE)
    app = _issuer(state, value)
    for key in (app.private_key, *app.older_keys):
        with contextlib.suppress(jwt.PyJWTError):
            claims = jwt.decode(
                value,
                key.public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            _check_times(state, claims)
            return app
    raise Refused(401, UNREADABLE)


def token_of(state: State, authorization: str) -> Token:
    """Return the installation token, or refuse it: unknown, expired, suspended, not replicated yet."""
    token = state.tokens.get(credential(authorization))
    if token is None or token.expires_at <= state.now() or token.installation.id not in state.installations:
        raise Refused(401, "Bad credentials")
    if token.refusals_left:
        token.refusals_left -= 1
        raise Refused(state.refusal_status, "Bad credentials")
    if token.installation.suspended_at:
        raise Refused(403, "This installation has been suspended")
    return token


def _issuer(state: State, value: str) -> App:
    try:
        issuer = str(jwt.decode(value, options={"verify_signature": False}).get("iss"))
    except jwt.PyJWTError as wrong:
        raise Refused(401, UNREADABLE) from wrong
    for app in state.apps.values():
        if issuer in {str(app.id), app.client_id}:
            return app
    raise Refused(404, "Integration not found")


def _check_times(state: State, claims: dict[str, object]) -> None:
    now = state.now().timestamp()
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or issued > now:
        raise Refused(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(expires, int) or expires <= now:
        raise Refused(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
            "the assertion expires",
        )
    if expires > now + LONGEST_JWT.total_seconds():
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
