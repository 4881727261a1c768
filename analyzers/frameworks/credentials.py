"""Where credentials come from: the environment, default chains, exchanges made for one call."""

from functools import lru_cache

ENVIRONMENT_CALLS = frozenset({"os.getenv", "os.environ.get", "os.environ.pop", "environ.Env()", "decouple.config"})
ENVIRONMENT_MAPS = frozenset({"os.environ", "os.environ.copy()"})
SETTINGS_BASES = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic_settings.main.BaseSettings")

# Calls whose result is the machine's own authority, however it was configured.
AMBIENT_CALLS = {
    "boto3.client": "AWS default chain",
    "boto3.resource": "AWS default chain",
    "boto3.Session": "AWS default chain",
    "boto3.session.Session": "AWS default chain",
    "aioboto3.Session": "AWS default chain",
    "awscli.clidriver.create_clidriver": "AWS default chain",
    "google.auth.default": "Google default credentials",
    "azure.identity.DefaultAzureCredential": "Azure default credential",
    "azure.identity.aio.DefaultAzureCredential": "Azure default credential",
    "azure.identity.ManagedIdentityCredential": "Azure managed identity",
    "kubernetes.config.load_incluster_config": "Kubernetes service account",
    "kubernetes.config.load_kube_config": "kubeconfig",
}

# Credentials of a user -> the arguments that are the user's grant; the client's own secret only names the client.
DELEGATED = {"google.oauth2.credentials.Credentials": ("token", "refresh_token")}
CIPHERS = tuple(
    f"{cipher}().{method}" for cipher in ("Fernet", "MultiFernet", "AESGCM") for method in ("encrypt", "decrypt")
)
# Calls that turn the caller's identity into a credential for one downstream.
EXCHANGES = {
    "azure.identity.OnBehalfOfCredential": "on-behalf-of",
    "azure.identity.aio.OnBehalfOfCredential": "on-behalf-of",
    "msal.ConfidentialClientApplication().acquire_token_on_behalf_of": "on-behalf-of",
    "google.auth.impersonated_credentials.Credentials": "impersonation",
}
EXCHANGE_METHODS = (
    *("assume_role", "assume_role_with_web_identity", "acquire_token_on_behalf_of", "exchange_token"),
    "token_exchange",
)
# What the name of a class or function of a library says that trades one token for another.
EXCHANGE_WORDS = ("tokenexchange", "exchangetoken", "onbehalfof", "exchangedtoken")
# Keys of what is posted to be given a token for it.
GRANTING = frozenset(
    {"refresh_token", "refreshToken", "client_secret", "clientSecret", "api_key", "apiKey", "password"}
)
EXCHANGE_MARKS = (
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
)
# The last word of the name of a variable, a header, a keyword or a field that holds a credential.
CREDENTIAL_WORDS = frozenset(
    {
        *("token", "key", "apikey", "secret", "password", "passwd", "pass", "pwd", "pat", "credential", "credentials"),
        *("dsn", "authorization", "bearer", "cookie", "cookies", "jwt", "passphrase"),
    }
)
CREDENTIAL_ENDINGS = (
    *("access_key_id", "connection_string", "database_url", "db_url", "credentials_file", "credentials_path"),
    *("credentials_json", "token_file", "key_file", "key_path", "private_key_pem", "service_account_json"),
    *("redis_url", "mongo_url", "mongodb_uri", "mongo_uri", "postgres_url", "postgres_dsn", "kubeconfig"),
)
NO_CREDENTIALS = (
    *("public_key", "primary_key", "sort_key", "partition_key", "page_token", "next_token", "idempotency_key"),
    *("cache_key", "max_token", "object_key", "issue_key", "project_key", "foreign_key", "hash_key", "space_key"),
    *(
        "tag_key",
        "routing_key",
        "lookup_key",
        "group_key",
        "dedup_key",
        "row_key",
        "record_key",
        "state_key",
        "map_key",
    ),
)
# The variables in which a shell keeps the folder that it is in.
FOLDERS = ("PWD", "OLDPWD")
# The last word of a name that is configuration even where it stands beside a credential.
CONFIGURATION_WORDS = frozenset(
    {
        *("uri", "url", "scope", "scopes", "id", "name", "region", "host", "port", "timeout", "location", "proxy"),
        *("enabled", "mode", "type", "email", "username", "user", "dir", "directory", "path", "version", "ssl"),
        *("verify", "level", "domain", "tenant", "audience", "issuer", "endpoint", "profile", "project", "provider"),
        *("format", "appdata", "localappdata", "home", "userprofile", "tmpdir", "temp", "tmp", "file", "files"),
        *("config", "settings", "retries", "delay", "interval", "limit", "size", "ttl", "debug", "workers"),
    }
)
# Keywords of clients and keys of headers that carry a credential whatever the variable is called.
CARRYING_NAMES = frozenset({"auth", "basic_auth", "credential", "credentials", "cookie", "cookies", "bearer"})
# Keywords of clients of AWS that say which object is meant.
OBJECT_NAMES = frozenset({"Key", "Prefix", "Bucket", "CopySource"})
# Services whose data is public: the key that they ask for only counts requests.
PUBLIC_DATA_HOSTS = (
    *("api.openweathermap.org", "api.weatherapi.com", "api.search.brave.com", "serpapi.com", "google.serper.dev"),
    *("api.tavily.com", "newsapi.org", "api.exa.ai", "www.alphavantage.co", "api.nasa.gov", "maps.googleapis.com"),
    *("api.semanticscholar.org", "finnhub.io", "api.stlouisfed.org", "api.themoviedb.org", "www.omdbapi.com"),
)
# Libraries that read what is public, and nothing else.
PUBLIC_CLIENTS = frozenset(
    {
        *("yfinance", "akshare", "baostock", "efinance", "pandas_datareader", "pytrends", "arxiv", "wikipedia"),
        *("wikipediaapi", "feedparser", "ddgs", "duckduckgo_search", "googlesearch", "youtube_transcript_api"),
        *("pubchempy", "geopy", "meteostat", "openmeteo_requests", "nba_api", "sgp4", "habanero", "scholarly"),
    }
)


@lru_cache(4096)
def exchanges(name: str) -> bool:
    """Tell whether a dotted name of a library trades one token for another: `oci.auth.signers.TokenExchangeSigner`."""
    last = name.removesuffix("()").rpartition(".")[2]
    words = last.lower().replace("_", "")
    return last in EXCHANGE_METHODS or name in EXCHANGES or any(word in words for word in EXCHANGE_WORDS)


@lru_cache(4096)
def names_credential(name: str) -> bool:
    """Tell whether a variable, header, keyword or field of this name holds a credential: `CRM_TOKEN`, `X-Api-Key`."""
    lowered = name.lower().replace("-", "_")
    if lowered.endswith(NO_CREDENTIALS) or name in FOLDERS:
        return False
    return lowered.rpartition("_")[2] in CREDENTIAL_WORDS or lowered.endswith(CREDENTIAL_ENDINGS)


def is_configuration(name: str) -> bool:
    """Tell whether a variable of this name is no credential wherever it goes: `CRM_URL`, `APP_NAME`, `LOCATION`."""
    return name.lower().replace("-", "_").rpartition("_")[2] in CONFIGURATION_WORDS and not names_credential(name)


@lru_cache(4096)
def carries_credential(name: str) -> bool:
    """Tell whether what is given under this keyword or header authenticates a request."""
    return name.lower() in CARRYING_NAMES or names_credential(name)
