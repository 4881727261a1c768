"""How secrets are put in words: by where they come from, never by their value."""

from analyzers.finding import Confidence, Severity
from analyzers.flow import secrets
from analyzers.flow.secrets import Secret
from analyzers.frameworks.disclosure import is_address

# Of many entries some may be harmless; of one secret none is.
WHOLE = frozenset({secrets.HEADERS_ALL, secrets.ANSWER, secrets.PAYLOAD})
# Keys that services of measurement give to every page and program: who has one can send events, and read none.
SENDERS = ("posthog_api_key", "posthog_key", "amplitude_api_key", "mixpanel_token", "segment_write_key", "sentry_dsn")

_TEXTS = {
    secrets.VARIABLE: "`{}` of the environment",
    secrets.SETTING: "the setting `{}`",
    secrets.HEADER: "the caller's header `{}`",
    secrets.HEADERS_ALL: "all headers of the request, `authorization` among them",
    secrets.SETTINGS_ALL: "all settings, `{}` among them",
    secrets.CALLERS_OWN: "the caller's own token",
    secrets.MINTED: "the token that it has just made",
    secrets.LITERAL: "the credential `{}` of the source",
    secrets.ANSWER: "the answer of a token endpoint",
    secrets.PAYLOAD: "the arguments of calls, `{}` among them",
    secrets.NAMED: "the value of `{}`",
    secrets.STORE: "what {} keeps secret",
    secrets.STORED: "a secret of {}",
}


def secret_text(secret: Secret) -> str:
    """Return what a secret is, as the object of a sentence."""
    if secret.kind == secrets.ENVIRONMENT:
        return "the whole environment" if secret.name else "any variable of the environment"
    return _TEXTS[secret.kind].format(secret.name)


def secret_confidence(secret: Secret) -> Confidence:
    """Return how sure it is that a secret is one: a name alone promises it, an address may hold none."""
    if is_address(secret.name):
        return Confidence.MEDIUM if "redis" not in secret.name.lower() else Confidence.LOW
    return Confidence.MEDIUM if secret.kind == secrets.NAMED else Confidence.HIGH


def secret_severity(secret: Secret) -> Severity:
    """Return what a secret in clear does: an address, or one entry of many, may be none, and some can only send."""
    if secret.name.lower().endswith(SENDERS):
        return Severity.LOW
    return Severity.MEDIUM if secret.kind in WHOLE or is_address(secret.name) else Severity.HIGH
