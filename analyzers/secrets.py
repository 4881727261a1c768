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

from analyzers import providers
from analyzers.providers import BEGINNING, KEYED_URL, MARKED, MARKS, URL_KIND, WEBHOOK_HOST, WEBHOOKS
from analyzers.secret_names import SECRET_NAMES, is_secret_name

MIN_GENERIC_ENTROPY = 3.5
MIN_NAMED_LENGTH = 6
# What is drawn as bytes and written in base64 has more signs, some of each kind.
MIN_BYTES_ENTROPY = 4.2
MIN_OF_EACH = 2

MIN_WORD = 16
# Where a credential may begin and end inside a longer text.
WORDS = re2.compile(rf"(?:^|[^A-Za-z0-9_.-])[_.-]*((?:{MARKS})[A-Za-z0-9_.-]*)")
# What the containers of a demonstration are called.
CONTAINERS = ("db", "database", "postgres", "mysql", "redis", "host", "mongo", "rabbit")
# Hosts that are reserved for documentation and tests (RFC 2606), and passwords of examples.
DOCUMENTED_HOSTS = ("example.com", "example.org", "example.net", ".example", ".test", ".invalid")
DEMONSTRATED = ("password", "pass", "passwd", "pwd", "secret", "postgres", "root", "guest", "hunter")
DEMONSTRATING = re2.compile(
    r"^((my|test|demo|super|strong|secure|admin|user|db|root|dev|development|staging)[_-]?)*(pass(word)?|secret|pwd)+$"
)
# Digits and signs that are written for letters: `s3cret`, `p@ssw0rd`.
LETTERS = str.maketrans("013457@$", "oleastas")
ADDRESSES = re2.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'`]{5,}")
BLOCKS = re2.compile(r"-----BEGIN ([A-Z]+ )?PRIVATE KEY( BLOCK)?-----(\s|\\n)*[A-Za-z0-9+/=]{40,}")

PRIVATE_KEY = "private-key"
CUT = ("...", "\u2026")
# How keys begin that their providers mean to be published, in pages and installed programs: they can only send.
PUBLISHED = ("phc_", "pk_live_", "pk_test_", "pk.eyJ")

# Words with a version among them, as products and models are called: `rerank-v4.0-pro`.
VERSIONED = re2.compile(r"^[a-z]{3,}([-_][a-z]{2,})*[-_]v?\d{1,2}(\.\d{1,2}){0,2}([-_][a-z]{2,})*$")

# Where something is imported from: `shop.auth.local_apikey.LocalApiKey`.
IMPORTED = re2.compile(r"^[A-Za-z_]+(\.[A-Za-z_]+){2,}$")

# A line of a file of settings, of which the value counts: `AUTH_TYPE=oauth`.
SETTING = re2.compile(r"^[A-Z][A-Z0-9_]+=")

# How a header says of what kind its credential is.
SCHEME = re2.compile(r"^(?i:(bearer|basic|token|apikey|api-key|key))\s+(\S+)$")
# What a key drawn as bytes looks like in base64, whose slashes are no path.
BASE64 = re2.compile(r"^[A-Za-z0-9+/]{24,}={0,2}$")
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
    return _whole(text) or next((secret for _, _, secret in _within(text)), None) or _connection(text)


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
            yield from _found(block) if not _is_cut(text, block.end()) else ()


def _found(match: "re2.Match[str]", group: int = 0) -> Iterator[tuple[int, int, str]]:
    secret = _whole(match.group(group))
    if secret is not None:
        yield match.start(group), match.end(group), secret


def _is_cut(text: str, end: int) -> bool:
    """Tell whether what follows says that the rest of a key is left out: `MIIEvQIBADANBgkq...`."""
    return text[end:].startswith(CUT)


@functools.cache
def _compiled(kinds: tuple[tuple[str, str], ...]) -> tuple[tuple[str, "re2.Pattern[str]"], ...]:
    return tuple((kind, re2.compile(pattern)) for kind, pattern in kinds)


def _structures(text: str) -> tuple[tuple[str, str], ...]:
    """Return the structures that a text may have, by what it begins with or holds."""
    if BEGINNING.match(text):
        return providers.TOKENS
    if "://" in text:
        return providers.ADDRESSED
    return providers.KEYS if "-----BEGIN" in text else providers.NUMBERED


def _whole(text: str) -> str | None:
    for kind, pattern in _compiled(_structures(text)):
        found = pattern.search(text)
        if found is None or (kind == PRIVATE_KEY and _is_cut(text, found.end())):
            continue
        body = found.group(1) if kind in (URL_KIND, KEYED_URL, *WEBHOOKS) else text
        if _is_marked(body) or (_is_demonstration(body, _host(text)) if kind == URL_KIND else _is_typed(body)):
            return None
        claims = _claims(body) if kind == providers.JWT else ""
        if (claims and (_is_typed(claims) or _is_marked(claims))) or (kind in WORDED and _is_worded(body)):
            return None
        if kind == KEYED_URL and not _is_drawn(body, text):
            return None
        return f"{providers.DATED_JWT if providers.EXPIRING.search(claims) else kind}|{preview(body)}"
    return None


def _connection(text: str) -> str | None:
    """Return the password that a connection string holds, unless it is one of documentation or a local container."""
    password = providers.PASSWORD_OF_CONNECTION.search(text)
    server = providers.SERVER_OF_CONNECTION.search(text) if password is not None else None
    if password is None or server is None:
        return None
    body = password.group(1)
    if _is_placeholder(body) or _is_demonstration(body, server.group(1).lower()):
        return None
    return f"{providers.CONNECTION_KIND}|{preview(body)}"


def _is_drawn(body: str, url: str) -> bool:
    """Tell whether the key in an address was drawn by chance, and the address is none of documentation."""
    signs = (any(map(str.isdigit, body)), any(map(str.isalpha, body)))
    is_open = any(part in body.lower() for part in PLACEHOLDERS) or body.lower().endswith(SECRET_NAMES)
    is_open = is_open or WEBHOOK_HOST in url or BEGINNING.match(body) is not None or _is_documented(_host(url))
    return all(signs) and not is_open and entropy(body) >= MIN_GENERIC_ENTROPY


def find_secrets(data: bytes) -> list[tuple[int, int, str]]:
    """Return (start, end, `provider|preview`) in bytes of credentials in the text of a file that is not parsed."""
    text = data.decode("latin-1")
    return sorted(_within(text)) if MARKED.search(text) else []


def named_secret(name: str, text: str) -> str | None:
    """Return `named|preview` for a string given to a name that holds credentials, unless it is a placeholder."""
    if SETTING.search(text):
        text = text.partition("=")[2]
    if len(text) < MIN_NAMED_LENGTH or not is_secret_name(name):
        return None
    lowered = name.lower()
    if lowered.endswith("authorization"):
        name, text = _of_header(text)
    if _is_placeholder(text) or text.startswith(PUBLISHED) or providers.ACCOUNT.search(text) or _is_spoken(text):
        return None
    if VERSIONED.search(text) and not lowered.endswith(("password", "passwd", "secret")):
        return None
    kind = "high-entropy" if entropy(text) >= MIN_GENERIC_ENTROPY and len(text) >= 16 else "named"
    return f"{kind}|{preview(text)}"


def _of_header(text: str) -> tuple[str, str]:
    """Return the credential in a header's value, of a user with a password the password; "" without a scheme."""
    found = SCHEME.search(text)
    if found is None:
        return "token", ""
    if found.group(1).lower() != "basic":
        return "token", found.group(2)
    try:
        return "password", base64.b64decode(found.group(2)).decode("utf-8", "replace").partition(":")[2]
    except binascii.Error:
        return "token", ""


def _is_spoken(text: str) -> bool:
    """Tell whether a text is words, a path or the name of something, as no credential is."""
    if len(text) < MIN_NAMED_LENGTH:
        return True
    if any(character in text for character in " \t\n/$%{}()<>,;\\") and not _is_drawn_in_base64(text):
        return True
    if text.replace("-", "_").replace(".", "_").lower().endswith(SECRET_NAMES) or text.isalpha() or text.isupper():
        return True
    words = text.replace("_", "").replace("-", "").replace(".", "")
    return (words.isalpha() and text.islower()) or IMPORTED.search(text) is not None


def _is_drawn_in_base64(text: str) -> bool:
    if BASE64.search(text) is None or entropy(text) < MIN_BYTES_ENTROPY:
        return False
    counts = (sum(map(test, text)) for test in (str.isdigit, str.isupper, str.islower))
    return all(count > MIN_OF_EACH for count in counts)


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


def _claims(token: str) -> str:
    """Return the claims of a JWT as text, which may say that nobody was given it: `{"sub": "1234567890"}`."""
    claims = token.split(".")[1]
    try:
        return base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _host(url: str) -> str:
    """Return the host of an address, behind a user if it names one."""
    place = url.rpartition("@")[2] if "@" in url else url.partition("://")[2]
    return re.split(r"[:/?#]", place.lower(), maxsplit=1)[0]


def _is_documented(host: str) -> bool:
    """Tell whether a host is this machine, a container of a demonstration or reserved for documentation."""
    local = host in ("localhost", "127.0.0.1") or ("." not in host and host.startswith(CONTAINERS))
    return local or host.endswith(DOCUMENTED_HOSTS)


def _is_demonstration(password: str, host: str) -> bool:
    """Tell whether the password for a host is the kind that documentation and local containers use."""
    # `https://[user[:pass]@]host`: a notation.
    plain = password.lower().rstrip("]").rstrip("0123456789!_-").translate(LETTERS)
    if password.startswith("[") and password.endswith("]"):  # `redis://[user]:[password]@[host]`: a form
        return True
    is_plain = plain in DEMONSTRATED or plain in SECRET_NAMES or DEMONSTRATING.search(plain) is not None
    return _is_documented(host) or is_plain
