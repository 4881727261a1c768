"""What credentials look like, by who gives them out: from the providers' own documentation of their formats."""

import re

import re2

# A JWT, and one that says when it expires: it opens nothing any more once it did.
JWT, DATED_JWT = "jwt", "dated-jwt"
# An account or a contract of a chain like Ethereum, which everyone may know; its key has 64 digits.
ACCOUNT = re2.compile(r"^0x[0-9a-fA-F]{40}$")
EXPIRING = re2.compile(r'"exp"\s*:\s*\d')
# Provider -> structure of its credentials. All begin with one of the marks below.
TOKENS: tuple[tuple[str, str], ...] = (
    (
        "github-token",
        r"^(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}|ghs_\d+_ey[\w.-]{40,})$",
    ),
    ("gitlab-token", r"^gl(pat|ptt|dt|rt|soat)-[A-Za-z0-9_-]{20,}$"),
    ("anthropic-key", r"^sk-ant-[A-Za-z0-9_-]{24,}$"),
    ("openrouter-key", r"^sk-or-v1-[a-f0-9]{64}$"),
    ("langfuse-key", r"^sk-lf-[a-f0-9-]{36}$"),
    ("openai-key", r"^sk-(proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}$"),
    ("stripe-key", r"^(sk|rk)_live_[A-Za-z0-9]{20,}$"),
    ("aws-access-key", r"^(AKIA|ASIA)[A-Z2-7]{16}$"),
    ("google-api-key", r"^AIza[A-Za-z0-9_-]{35}$"),
    ("google-client-secret", r"^GOCSPX-[A-Za-z0-9_-]{28}$"),
    ("slack-token", r"^xox[abeoprs]-[A-Za-z0-9-]{20,}$"),
    ("sendgrid-key", r"^SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}$"),
    ("huggingface-token", r"^hf_[A-Za-z0-9]{30,}$"),
    ("npm-token", r"^npm_[A-Za-z0-9]{36}$"),
    ("pypi-token", r"^pypi-[A-Za-z0-9_-]{60,}$"),
    ("digitalocean-token", r"^do[opr]_v1_[a-f0-9]{64}$"),
    ("databricks-token", r"^dapi[a-f0-9]{32}$"),
    ("linear-key", r"^lin_api_[A-Za-z0-9]{32,}$"),
    ("tavily-key", r"^tvly-(dev-|prod-)?[A-Za-z0-9-]{24,}$"),
    ("groq-key", r"^gsk_[A-Za-z0-9]{40,}$"),
    ("perplexity-key", r"^pplx-[A-Za-z0-9]{40,}$"),
    ("xai-key", r"^xai-[A-Za-z0-9]{60,}$"),
    ("nvidia-key", r"^nvapi-[A-Za-z0-9_-]{50,}$"),
    ("replicate-token", r"^r8_[A-Za-z0-9]{36,}$"),
    ("firecrawl-key", r"^fc-[a-f0-9]{32}$"),
    ("langsmith-key", r"^lsv2_(pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}$"),
    ("pinecone-key", r"^pcsk_[A-Za-z0-9_]{50,}$"),
    ("notion-token", r"^(ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})$"),
    ("figma-token", r"^figd_[A-Za-z0-9_-]{36,}$"),
    ("shopify-token", r"^shp(at|ca|pa|ss)_[a-fA-F0-9]{32}$"),
    ("atlassian-token", r"^ATATT3[A-Za-z0-9_=-]{60,}$"),
    ("grafana-token", r"^glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}$"),
    ("supabase-token", r"^sbp_[a-f0-9]{40}$"),
    ("newrelic-key", r"^NRAK-[A-Z0-9]{27}$"),
    ("postman-key", r"^PMAK-[a-f0-9]{24}-[a-f0-9]{34}$"),
    ("vault-token", r"^hvs\.[A-Za-z0-9_-]{60,}$"),
    (JWT, r"^eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}$"),
)
URL_KIND = "url-with-password"
KEYED_URL = "url-with-key"
WEBHOOKS = ("google-chat-webhook", "slack-webhook", "discord-webhook")
# Addresses that hold a credential, which their group is, and one whose `key` is the same for everybody.
ADDRESSED: tuple[tuple[str, str], ...] = (
    ("google-chat-webhook", r"^https://chat\.googleapis\.com/v1/spaces/\S+[?&]token=([A-Za-z0-9_%=-]{20,})"),
    ("slack-webhook", r"^https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/([A-Za-z0-9]{20,})"),
    ("discord-webhook", r"^https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d{15,}/([A-Za-z0-9_-]{50,})"),
    (URL_KIND, r"^[a-z][a-z0-9+.-]*://[^\s:@/{}<>$]*:([^\s@/{}<>$]{3,})@[^\s@]+"),
    (KEYED_URL, r"^https?://\S+[?&](?:api_?key|key|token|access_token|appid|secret|sig)=([A-Za-z0-9_%-]{20,})"),
)
WEBHOOK_HOST = "://chat.googleapis.com/"
KEYS: tuple[tuple[str, str], ...] = (
    ("private-key", r"-----BEGIN ([A-Z]+ )?PRIVATE KEY( BLOCK)?-----(\s|\\n)*[A-Za-z0-9+/=]{40,}"),
)
# A bot's number and its token, which no beginning tells.
NUMBERED: tuple[tuple[str, str], ...] = (("telegram-token", r"^\d{8,10}:AA[A-Za-z0-9_-]{33}$"),)
# A text of settings for a driver, `Server=…;Uid=…;Pwd=…`: what it holds of a secret, and to what it connects.
CONNECTION_KIND = "connection-string"
PASSWORD_OF_CONNECTION = re2.compile(
    r"(?i)(?:^|[;\s])(?:password|pwd|accountkey|sharedaccesskey)=([^;\s'\"{}<>$%()]{6,})"
)
SERVER_OF_CONNECTION = re2.compile(
    r"(?i)(?:^|[;\s])(?:server|host|hostaddr|data source|dsn|driver|accountname|endpoint)=(?:tcp:)?([^;,\s]*)"
)

# How providers and standards spell their names.
SPELLED = {
    "github": "GitHub",
    "gitlab": "GitLab",
    "openai": "OpenAI",
    "openrouter": "OpenRouter",
    "aws": "AWS",
    "sendgrid": "SendGrid",
    "pypi": "PyPI",
    "huggingface": "Hugging Face",
    "digitalocean": "DigitalOcean",
    "nvidia": "NVIDIA",
    "xai": "xAI",
    "newrelic": "New Relic",
    "langsmith": "LangSmith",
    "api": "API",
    JWT: "JWT",
    "npm": "npm",
}
# Names that begin with a vowel when they are spoken: `an npm token`.
VOWELS_FIRST = ("AWS", "Anthropic", "Atlassian", "OpenAI", "OpenRouter", "NVIDIA", "xAI", "npm", "API")
WORDS_OF_KINDS = ("key", "token", "access", "private", "with", "password", "webhook", "client", "secret")
SENTENCES = {
    DATED_JWT: "A JWT that expires by itself",
    URL_KIND: "A connection URL with its password",
    KEYED_URL: "An address with a key in it",
    CONNECTION_KIND: "A connection string with its password",
}
# What every credential begins with, and nearly no other text: looked for first, in little time.
MARKS = (
    r"gh[pousr]_|github_pat_|gl(?:pat|ptt|dt|rt|soat)-|sk-|[sr]k_live_|AKIA|ASIA|AIza|xox[abeoprs]-|SG\.|hf_|npm_|pypi-"
    r"|do[opr]_v1_|dapi|lin_api_|eyJ|tvly-|gsk_|pplx-|xai-|nvapi-|r8_|fc-|lsv2_|pcsk_|ntn_|secret_|figd_"
    r"|shp(?:at|ca|pa|ss)_|ATATT3|glsa_|sbp_|NRAK-|PMAK-|hvs\.|GOCSPX-"
)
BEGINNING = re.compile(MARKS)
MARKED = re2.compile(rf"{MARKS}|://|-----BEGIN|:AA|(?i:password=|pwd=|accountkey=|sharedaccesskey=)")


def described(kind: str) -> str:
    """Return what a provider's kind of credential is called at the beginning of a sentence: `An AWS access key`."""
    if kind in SENTENCES:
        return SENTENCES[kind]
    spelled, plain = SPELLED, WORDS_OF_KINDS
    words = [spelled.get(word) or (word if word in plain else word.capitalize()) for word in kind.split("-")]
    return f"{'An' if words[0] in VOWELS_FIRST else 'A'} {' '.join(words)}"
