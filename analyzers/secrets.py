"""Credentials written as string constants: recognised by a provider's structure, or by the name they are given.

Only a kind and a preview of at most four characters ever leave this module.
"""

import base64
import binascii
import functools
import math
import re
from collections import Counter
from collections.abc import Iterator

import re2

MIN_GENERIC_ENTROPY = 3.5
MIN_NAMED_LENGTH = 6

# Provider -> structure of its credentials, from the providers' own documentation of their token formats.
PROVIDERS: tuple[tuple[str, str], ...] = (
    (
        "github-token",
        r"^(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}|ghs_\d+_ey[\w.-]{40,})$",
    ),
    ("gitlab-token", r"^gl(pat|ptt|dt|rt|soat)-[A-Za-z0-9_-]{20,}$"),
    ("anthropic-key", r"^sk-ant-[A-Za-z0-9_-]{24,}$"),
    ("openai-key", r"^sk-(proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}$"),
    ("stripe-key", r"^(sk|rk)_live_[A-Za-z0-9]{20,}$"),
    ("aws-access-key", r"^(AKIA|ASIA)[A-Z2-7]{16}$"),
    ("google-api-key", r"^AIza[A-Za-z0-9_-]{35}$"),
    ("slack-token", r"^xox[abeoprs]-[A-Za-z0-9-]{20,}$"),
    ("sendgrid-key", r"^SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}$"),
    ("huggingface-token", r"^hf_[A-Za-z0-9]{30,}$"),
    ("npm-token", r"^npm_[A-Za-z0-9]{36}$"),
    ("pypi-token", r"^pypi-[A-Za-z0-9_-]{60,}$"),
    ("digitalocean-token", r"^do[opr]_v1_[a-f0-9]{64}$"),
    ("databricks-token", r"^dapi[a-f0-9]{32}$"),
    ("linear-key", r"^lin_api_[A-Za-z0-9]{32,}$"),
    ("jwt", r"^eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}$"),
    ("private-key", r"-----BEGIN ([A-Z]+ )?PRIVATE KEY( BLOCK)?-----(\s|\\n)*[A-Za-z0-9+/=]{40,}"),
    ("google-chat-webhook", r"^https://chat\.googleapis\.com/v1/spaces/\S+[?&]token=([A-Za-z0-9_%=-]{20,})"),
    ("slack-webhook", r"^https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/([A-Za-z0-9]{20,})"),
    ("discord-webhook", r"^https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d{15,}/([A-Za-z0-9_-]{50,})"),
    ("url-with-password", r"^[a-z][a-z0-9+.-]*://[^\s:@/{}<>$]*:([^\s@/{}<>$]{3,})@[^\s@]+"),
)
# How providers and standards spell their names.
SPELLED = {
    "github": "GitHub",
    "gitlab": "GitLab",
    "openai": "OpenAI",
    "aws": "AWS",
    "sendgrid": "SendGrid",
    "pypi": "PyPI",
    "huggingface": "Hugging Face",
    "digitalocean": "DigitalOcean",
    "api": "API",
    "jwt": "JWT",
    "npm": "npm",
}
# Names that begin with a vowel when they are spoken: `an npm token`.
VOWELS_FIRST = ("AWS", "Anthropic", "OpenAI", "npm", "API")
WORDS_OF_KINDS = ("key", "token", "access", "private", "with", "password", "webhook")
# Addresses that hold a credential, and one whose `key` is the same for everybody.
URL_KIND = "url-with-password"
WEBHOOKS = ("google-chat-webhook", "slack-webhook", "discord-webhook")
WEBHOOK_HOST = "://chat.googleapis.com/"
STARTS = (
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "gl", "sk-", "sk_live_", "rk_live_", "AKIA", "ASIA"),
    *("AIza", "xox", "SG.", "hf_", "npm_", "pypi-", "do", "dapi", "lin_api_", "eyJ"),
)
# What every credential begins with or holds, and nearly no other text: looked for first, in little time.
MARKS = (
    r"gh[pousr]_|github_pat_|gl(?:pat|ptt|dt|rt|soat)-|sk-|[sr]k_live_|AKIA|ASIA|AIza|xox[abeoprs]-|SG\.|hf_|npm_|pypi-"
    r"|do[opr]_v1_|dapi|lin_api_|eyJ"
)
MARKED = re.compile(rf"{MARKS}|://|-----BEGIN")
MIN_WORD = 16
# Where a credential may begin and end inside a longer text.
WORDS = re2.compile(rf"(?:^|[^A-Za-z0-9_.-])[_.-]*((?:{MARKS})[A-Za-z0-9_.-]*)")
# What the containers of a demonstration are called.
CONTAINERS = ("db", "database", "postgres", "mysql", "redis", "host", "mongo", "rabbit")
# Hosts that are reserved for documentation and tests (RFC 2606), and passwords of examples.
DOCUMENTED_HOSTS = ("example.com", "example.org", "example.net", ".example", ".test", ".invalid")
DEMONSTRATED = ("password", "pass", "passwd", "pwd", "secret", "postgres", "root", "guest", "hunter")
DEMONSTRATING = re2.compile(r"^(my|test|demo|super|strong|secure|admin|user|db|root)*(pass(word)?|secret|pwd)+$")
# Digits and signs that are written for letters: `s3cret`, `p@ssw0rd`.
LETTERS = str.maketrans("013457@$", "oleastas")
ADDRESSES = re2.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'`]{5,}")
BLOCKS = re2.compile(r"-----BEGIN ([A-Z]+ )?PRIVATE KEY( BLOCK)?-----(\s|\\n)*[A-Za-z0-9+/=]{40,}")

# How keys begin that their providers mean to be published, in pages and installed programs: they can only send.
PUBLISHED = ("phc_", "pk_live_", "pk_test_", "pk.eyJ")

# Words with a version among them, as products and models are called: `rerank-v4.0-pro`.
VERSIONED = re2.compile(r"^[a-z]{3,}([-_][a-z]{2,})*[-_]v?\d{1,2}(\.\d{1,2}){0,2}([-_][a-z]{2,})*$")

# Where something is imported from: `shop.auth.local_apikey.LocalApiKey`.
IMPORTED = re2.compile(r"^[A-Za-z_]+(\.[A-Za-z_]+){2,}$")

# A line of a file of settings, of which the value counts: `AUTH_TYPE=oauth`.
SETTING = re2.compile(r"^[A-Z][A-Z0-9_]+=")

SECRET_NAMES = (
    *("api_key", "apikey", "api_token", "secret", "secret_key", "client_secret", "access_token", "auth_token"),
    *("bearer_token", "refresh_token", "password", "passwd", "private_key", "access_key", "signing_key"),
    *("credential", "credentials", "dsn", "jwt_secret", "webhook_secret", "encryption_key", "session_key"),
    *("service_key", "admin_key", "master_key", "token"),
)
NOT_SECRET_NAMES = (
    *("page_token", "next_token", "continuation_token", "csrf_token", "sync_token", "cancel_token", "public_key"),
    *("publickey", "public_key_token", "publickeytoken"),
    *("pad_token", "eos_token", "bos_token", "unk_token", "sep_token", "mask_token", "stop_token", "progress_token"),
    *("token_type", "grant_type", "subject_token_type", "requested_token_type"),
)
PLACEHOLDERS = (
    *("${", "{{", "<", "your", "changeme", "change-me", "change_me", "xxx", "example", "placeholder", "dummy"),
    *("replace", "todo", "insert", "sample", "redacted", "not-set", "notset", "fake", "***", "...", "env:", "none"),
    *("urn:", "http://", "https://", "undefined", "optional", "required", "my-", "my_", "test", "foo", "bar", "mock"),
    *("change-in", "change_in", "change-this", "change_this", "changethis", "change-it", "supersecret", "super-secret"),
    "anonymous",
)
# Words that chance does not put into a random token.
MARKED_PLACEHOLDERS = (
    *("${", "{{", "changeme", "change_me", "change-me", "example", "placeholder", "redacted", "your", "xxxx", "dummy"),
    "fake",
)
# Kinds whose tokens hold signs between drawn parts, and the words that stand there in those of tests.
WORDED = ("slack-token", "gitlab-token", "openai-key", "anthropic-key")
TOKEN_PARTS = re2.compile(r"[-_.]")
WORD_OF_TOKEN = re2.compile(r"^([a-z]{1,12}|[A-Z]{1,12}|\d{1,5})$")
# Runs that a hand types and chance does not; a password may hold them all the same.
# All digits of a hexadecimal number in their order: nobody draws those.
DIGITS = "0123456789abcdef"
# Of so few letters chance makes a run by itself.
HEXADECIMAL = 6
RUNS = ("abcdef", "123456", "fedcba", "654321")


def secret_kind(text: str) -> str | None:
    """Return `provider|preview` for a string that is, or holds, a credential with a provider's structure, else None."""
    if len(text) < 12 or MARKED.search(text) is None:
        return None
    return _whole(text) or next((secret for _, _, secret in _within(text)), None)


def _within(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, `provider|preview`) of credentials inside a text, in characters."""
    hooks = [found.span() for found in ADDRESSES.finditer(text) if WEBHOOK_HOST in found[0]] if "://" in text else []
    for word in WORDS.finditer(text):
        inside = any(start <= word.start(1) < end for start, end in hooks)
        if word.end(1) - word.start(1) >= MIN_WORD and not inside:
            yield from _found(word, 1)
    if "://" in text:
        for address in ADDRESSES.finditer(text):
            yield from _found(address)
    if "-----BEGIN" in text:
        for block in BLOCKS.finditer(text):
            yield from _found(block)


def _found(match: "re2.Match[str]", group: int = 0) -> Iterator[tuple[int, int, str]]:
    secret = _whole(match.group(group))
    if secret is not None:
        yield match.start(group), match.end(group), secret


@functools.cache
def _providers() -> tuple[tuple[str, "re2.Pattern[str]"], ...]:
    return tuple((kind, re2.compile(pattern)) for kind, pattern in PROVIDERS)


def _whole(text: str) -> str | None:
    if not (text.startswith(STARTS) or "://" in text or "-----BEGIN" in text):
        return None
    for kind, pattern in _providers():
        found = pattern.search(text)
        if found is None:
            continue
        is_part = kind in (URL_KIND, *WEBHOOKS)
        body = found.group(1) if is_part else text
        if _is_marked(body) or (_is_demonstration(body, text) if kind == URL_KIND else _is_typed(body)):
            return None
        if (kind == "jwt" and _is_made_up(body)) or (kind in WORDED and _is_worded(body)):
            return None
        return f"{kind}|{preview(body)}"
    return None


def described(kind: str) -> str:
    """Return what a provider's kind of credential is called at the beginning of a sentence: `An AWS access key`."""
    if kind == URL_KIND:
        return "A connection URL with its password"
    words = [SPELLED.get(word) or (word if word in WORDS_OF_KINDS else word.capitalize()) for word in kind.split("-")]
    return f"{'An' if words[0] in VOWELS_FIRST else 'A'} {' '.join(words)}"


def find_secrets(data: bytes) -> list[tuple[int, int, str]]:
    """Return (start, end, `provider|preview`) in bytes of credentials in the text of a file that is not parsed."""
    text = data.decode("latin-1")
    return sorted(_within(text)) if MARKED.search(text) else []


def named_secret(name: str, text: str) -> str | None:
    """Return `named|preview` for a string given to a name that holds credentials, unless it is a placeholder."""
    if SETTING.search(text):
        text = text.partition("=")[2]
    if len(text) < MIN_NAMED_LENGTH or not is_secret_name(name) or _is_placeholder(text) or text.startswith(PUBLISHED):
        return None
    if any(character in text for character in " \t\n/$%{}()<>,;\\"):
        return None
    if text.replace("-", "_").replace(".", "_").lower().endswith(SECRET_NAMES) or text.isalpha() or text.isupper():
        return None
    if text.replace("_", "").replace("-", "").replace(".", "").isalpha() and text.islower():
        return None
    if IMPORTED.search(text):
        return None
    if VERSIONED.search(text) and not name.lower().endswith(("password", "passwd", "secret")):
        return None
    kind = "high-entropy" if entropy(text) >= MIN_GENERIC_ENTROPY and len(text) >= 16 else "named"
    return f"{kind}|{preview(text)}"


def is_secret_name(name: str) -> bool:
    """Tell whether a variable, keyword, key or header name is one that holds a credential."""
    lowered = name.lower().replace("-", "_")
    return lowered.endswith(SECRET_NAMES) and not lowered.endswith(NOT_SECRET_NAMES)


def preview(text: str) -> str:
    """Return at most four characters of a secret, fewer of a short one, and its length."""
    shown = min(4, len(text) // 4)
    return f"{text[:shown]}… ({len(text)} characters)"


def entropy(text: str) -> float:
    """Return the Shannon entropy of a text in bits per character."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values()) if text else 0.0


def _is_placeholder(text: str) -> bool:
    lowered = text.lower()
    if _is_name(lowered.rstrip("0123456789!_-")):  # `password123`, `db-password-1`: the name of what belongs there
        return True
    if DIGITS in lowered:
        return True
    return len(set(text)) <= 3 or any(word in lowered for word in PLACEHOLDERS)


def _is_name(text: str) -> bool:
    """Tell whether a text is words of which the last ones name a credential: `session_token_xyz_123` says which."""
    words = text.replace("-", "_")
    parts = words.split("_")
    is_composed = len(parts) > 1 and words.endswith(SECRET_NAMES) and words.replace("_", "").isalpha()
    is_numbered = len(parts) > 2 and parts[0].isalpha() and parts[1] in ("token", "secret", "password")
    return words in SECRET_NAMES or is_composed or (is_numbered and all(map(WORD_OF_TOKEN.search, parts)))


def _is_marked(text: str) -> bool:
    lowered = text.lower()
    return len(set(text)) <= 3 or any(word in lowered for word in MARKED_PLACEHOLDERS)


def _is_typed(text: str) -> bool:
    """Tell whether a hand typed a run, also with another one between its letters: `abc123def456`."""
    lowered = text.lower()
    letters = "".join(filter(str.isalpha, lowered))
    apart = (letters, "".join(filter(str.isdigit, lowered))) if len(set(letters)) > HEXADECIMAL else ()
    return any(run in part for part in (lowered, *apart) for run in RUNS)


def _is_worded(token: str) -> bool:
    """Tell whether a token is put together from words and a number, as those of tests are: `xoxb-token-of-a-test-1`."""
    parts = [part for part in TOKEN_PARTS.split(token) if part][1:]
    return len(parts) > 1 and all(map(WORD_OF_TOKEN.search, parts)) and any(part.isalpha() for part in parts)


def _is_made_up(token: str) -> bool:
    """Tell whether the claims of a JWT say that nobody was given it: `{"sub": "1234567890"}`."""
    claims = token.split(".")[1]
    try:
        text = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return False
    return _is_typed(text) or _is_marked(text)


def _is_demonstration(password: str, url: str) -> bool:
    """Tell whether a URL's password is the kind that documentation and local containers use."""
    host = re.split(r"[:/?#]", url.rpartition("@")[2].lower(), maxsplit=1)[0]
    local = host in ("localhost", "127.0.0.1") or ("." not in host and host.startswith(CONTAINERS))
    plain = password.lower().rstrip("0123456789!_-").translate(LETTERS)
    if password.startswith("[") and password.endswith("]"):  # `redis://[user]:[password]@[host]`: a form
        return True
    is_plain = plain in DEMONSTRATED or plain in SECRET_NAMES or DEMONSTRATING.search(plain) is not None
    return local or host.endswith(DOCUMENTED_HOSTS) or is_plain
