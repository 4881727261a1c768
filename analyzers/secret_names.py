"""Names that promise a credential: of variables, keywords, keys and headers."""

SECRET_NAMES = (
    *("api_key", "apikey", "api_token", "secret", "secret_key", "client_secret", "access_token", "auth_token"),
    *("bearer_token", "refresh_token", "password", "passwd", "private_key", "access_key", "signing_key"),
    *("credential", "credentials", "dsn", "jwt_secret", "webhook_secret", "encryption_key", "session_key"),
    *("service_key", "admin_key", "master_key", "token", "secretkey", "accesskey", "privatekey", "auth_key", "app_key"),
    *("sign_key", "authorization"),
)
# Short words for a password, alone or behind another word: `DB_PASS`. What passes alone may be a test.
SHORT_NAMES = ("_pass", "_pwd", "_pw", "passphrase")
ALONE = ("pwd", "pw")
NOT_SECRET_NAMES = (
    *("page_token", "next_token", "continuation_token", "csrf_token", "sync_token", "cancel_token", "public_key"),
    *("publickey", "public_key_token", "publickeytoken"),
    *("pad_token", "eos_token", "bos_token", "unk_token", "sep_token", "mask_token", "stop_token", "progress_token"),
    *("token_type", "grant_type", "subject_token_type", "requested_token_type"),
)


def is_secret_name(name: str) -> bool:
    """Tell whether a variable, keyword, key or header name is one that holds a credential."""
    lowered = name.lower().replace("-", "_").rstrip("0123456789").rstrip("_")
    named = lowered.endswith(SECRET_NAMES) or lowered.endswith(SHORT_NAMES) or lowered in ALONE
    return named and not lowered.endswith(NOT_SECRET_NAMES)
