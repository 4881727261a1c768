"""What discloses text, what hides it, and which names promise that a value is a secret."""

import functools

from analyzers.frameworks import credentials

LOGGERS = ("logging", "structlog", "loguru", "opentelemetry", "picologging", "warnings")
FRAMEWORK_LOGGERS = ("get_logger()", "getLogger()", "telemetry.get_tracer()")
# Loggers that a library has ready.
LOGGER_OBJECTS = ("loguru.logger",)
LOGGER_NAMES = ("logger", "log", "_logger", "_log")
# What every default configuration writes, and what is only written when somebody asks for details.
WRITTEN_LEVELS = (
    "info",
    "warning",
    "warn",
    "error",
    "exception",
    "critical",
    "fatal",
    "log",
    "msg",
    "success",
    "notice",
)
DETAILED_LEVELS = ("debug", "trace")
# What puts values into every line that is written from then on.
BINDING_METHODS = ("bind", "bind_contextvars", "bound_contextvars", "contextualize", "LoggerAdapter")
SPAN_METHODS = ("set_attribute", "set_attributes", "add_event")
PRINTERS = (
    *("builtins.print", "sys.stderr.write", "sys.stdout.write", "rich.print", "rich.console.Console().print"),
    *("pprint.pprint", "click.echo", "click.secho", "typer.echo", "typer.secho", "syslog.syslog"),
)
# Keywords of logging calls whose values are not written.
LOG_SETTINGS = frozenset({"exc_info", "stack_info", "stacklevel", "file", "flush", "end", "sep", "err", "nl"})
# Messages of a context, which go to the client.
CLIENT_MESSAGES = ("debug", "info", "notice", "warning", "error", "log", "send_log_message")

# Words in the name of a function that gives a harmless stand-in for what it is given.
MASKS = (
    *(
        "mask",
        "redact",
        "sanitiz",
        "sanitis",
        "obfuscat",
        "scrub",
        "censor",
        "anonymi",
        "hash",
        "digest",
        "fingerprint",
    ),
    *("hide", "conceal", "truncate", "shorten", "encrypt", "strip_secret", "strip_cred", "safe_"),
)
# Calls that tell something about a value, not the value.
TELLING = frozenset(
    {
        *("builtins.len", "builtins.bool", "builtins.type", "builtins.isinstance", "builtins.hash", "builtins.id"),
        *("builtins.int", "builtins.float", "builtins.any", "builtins.all", "builtins.sum", "builtins.hasattr"),
        *("builtins.callable", "builtins.issubclass", "builtins.range", "builtins.max", "builtins.min"),
    }
)
# Calls whose result shows what they were given.
SHOWING = (
    *("builtins.str", "builtins.repr", "builtins.dict", "builtins.format", "builtins.vars", "builtins.bytes"),
    "builtins.ascii",
    *("json.", "orjson.", "ujson.", "yaml.", "pprint.", "copy.", "typing.cast", "dataclasses.", "base64."),
    *("urllib.parse.quote", "urllib.parse.urlencode", "textwrap.", "string.", "asyncio.wait_for"),
)
# Calls that go through what they are given, a table's keys.
ITERATING = frozenset(
    {
        *("builtins.list", "builtins.tuple", "builtins.sorted", "builtins.set", "builtins.map", "builtins.enumerate"),
        *("builtins.zip", "builtins.reversed", "builtins.next", "builtins.iter", "builtins.filter"),
    }
)
# Methods of text and of tables that give what they are called on; `format` and `join` give their arguments, too.
GIVING = frozenset(
    {
        *("strip", "lstrip", "rstrip", "lower", "upper", "title", "casefold", "removeprefix", "removesuffix", "encode"),
        *("decode", "items", "values", "copy", "model_dump", "model_dump_json", "dict", "json", "_asdict", "format"),
        *(
            "join",
            "hex",
            "text",
            "read",
            "aread",
            "splitlines",
            "split",
            "rsplit",
            "partition",
            "rpartition",
            "mutablecopy",
        ),
        *("raw", "to_dict", "dump", "dumps"),
    }
)
AWS = ("boto3", "aioboto3", "botocore", "aiobotocore")
TABLE_READS = ("get", "pop", "getlist", "get_all", "setdefault")
BODIES = ("text", "content", "body", "data")
# Methods of stores of secrets -> where they are defined, and what the store is called.
STORES: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("get_secret_value", "batch_get_secret_value"), (AWS, "AWS Secrets Manager")),
    **dict.fromkeys(
        ("read_secret_version", "read_secret", "read_secret_data", "generate_credentials"), (("hvac",), "Vault")
    ),
    **dict.fromkeys(("get_password", "get_credential"), (("keyring",), "the keyring")),
    "get_secret": (("azure.keyvault",), "Azure Key Vault"),
    "access_secret_version": (("google.cloud.secretmanager",), "Google Secret Manager"),
    **dict.fromkeys(
        ("read_namespaced_secret", "list_namespaced_secret", "list_secret_for_all_namespaces"),
        (("kubernetes",), "the Kubernetes cluster"),
    ),
}
# Parameters of AWS are secrets where they are asked for in clear.
DECRYPTED = frozenset({"get_parameter", "get_parameters", "get_parameters_by_path", "get_parameter_history"})
DECRYPTING = "WithDecryption"
PARAMETERS = "the AWS Parameter Store"
# Entries and attributes of their answers in which the secrets are.
STORE_FIELDS = frozenset(
    {
        *("SecretString", "SecretBinary", "SecretValues", "Parameter", "Parameters", "Value", "value", "data"),
        *("payload", "string_data", "items", "password", "secret"),
    }
)
# Last words of entries beside a secret that a store keeps in one table with it: whom and what it is for.
BESIDE = frozenset(
    {
        *("user", "username", "login", "email", "host", "hostname", "port", "engine", "driver", "dbname", "database"),
        *("schema", "region", "name", "tenant", "client_id", "tenant_id", "account_id", "key_id"),
        *("api_url", "base_url", "server_url", "cloud_url", "site_url", "service_url", "instance_url", "web_url"),
    }
)
# Whole names of such entries: in `database_url` there may be a password.
SETTINGS = frozenset(
    {
        *("url", "endpoint", "domain", "verify", "verify_ssl", "ssl", "timeout"),
        *("version", "type", "expires_at", "expires_in", "scope", "scopes"),
    }
)
MINTERS = frozenset(
    {
        *("jwt.encode", "jose.jwt.encode", "authlib.jose.jwt.encode", "joserfc.jwt.encode"),
        *("google.auth.jwt.encode", "itsdangerous.URLSafeTimedSerializer().dumps"),
    }
)
# Fields that show themselves as asterisks.
CONCEALING_TYPES = ("SecretStr", "SecretBytes", "Secret")
# What a form of OAuth holds beside the client.
OAUTH_FIELDS = frozenset({"client_secret", "scope", "code", "device_code", "refresh_token", "client_assertion"})
SENSITIVE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})

SECRET_ENDINGS = (
    *(
        "password",
        "passwd",
        "passphrase",
        "api_key",
        "apikey",
        "api_token",
        "secret_key",
        "client_secret",
        "app_secret",
    ),
    *("access_token", "auth_token", "bearer_token", "refresh_token", "id_token", "session_token", "personal_token"),
    *("private_key", "secret_access_key", "signing_key", "encryption_key", "master_key"),
    *("jwt_secret", "webhook_secret", "connection_string", "shared_secret", "signing_secret"),
    *("service_account_key", "private_key_pem", "oauth_token", "github_token", "user_token", "bot_token", "jwt_token"),
)
# Beginnings of names that say something about a secret.
ABOUT = (
    *(
        "has_",
        "is_",
        "use_",
        "uses_",
        "no_",
        "missing_",
        "need_",
        "needs_",
        "require_",
        "requires_",
        "with_",
        "without_",
    ),
    *("show_", "include_", "allow_", "enable_", "num_", "max_", "min_", "reset_", "change_", "hashed_", "masked_"),
    *("encrypted_", "redacted_", "safe_", "valid_", "invalid_", "test_", "public_", "new_token_count", "count_"),
)
# What unlocks the settings of a network device, which begins like a switch.
OF_DEVICES = ("enable_password", "enable_secret")
# Variables that point to a credential, or hold one only sometimes.
POINTERS = (
    *("file", "path", "kubeconfig", "dir", "access_key_id", "key_id", "credentials_json", "application_credentials"),
)
# Keywords that take the path of a file.
PATH_KEYWORDS = ("keyfile", "certfile", "cafile", "_file", "_path", "filename")
# Functions that take the name of a secret, not one.
LOOKUPS = frozenset(
    {
        *("get_secret", "read_secret", "fetch_secret", "load_secret", "lookup_secret", "resolve_secret", "getenv"),
        *("get_secret_value", "read_secret_version", "access_secret_version", "retrieve_secret", "has_secret"),
    }
)
# How the text begins that says where a secret lies, in a file or in a store of secrets.
PLACES = ("/", "~/", "arn:", "projects/", "op://", "vault:", "secretsmanager:", "keyvault:")
ADDRESSES = ("url", "uri", "dsn", "connection_string")


@functools.cache
def names_secret(name: str) -> bool:
    """Tell whether a parameter, field, key or variable of this name holds a secret and nothing else."""
    lowered = name.lower().replace("-", "_").lstrip("_")
    if (lowered.startswith(ABOUT) and lowered not in OF_DEVICES) or lowered.endswith(credentials.NO_CREDENTIALS):
        return False
    return lowered.endswith(SECRET_ENDINGS)


@functools.cache
def is_secret_variable(name: str) -> bool:
    """Tell whether an environment variable or setting of this name holds a secret itself, not where one lies."""
    lowered = name.lower().replace("-", "_")
    return credentials.names_credential(name) and not lowered.endswith(POINTERS) and not lowered.startswith(ABOUT)


@functools.cache
def is_secret_header(name: str) -> bool:
    """Tell whether an inbound header carries a credential."""
    return name.lower() in SENSITIVE_HEADERS or credentials.names_credential(name)


@functools.cache
def is_beside_secret(key: str) -> bool:
    """Tell whether an entry of this name says whom or what a secret is for: `username`, `db_host`, `client_id`."""
    words = key.lower().replace("-", "_").split("_")
    return words[-1] in BESIDE or "_".join(words[-2:]) in BESIDE or "_".join(words) in SETTINGS


def is_place_of_secret(default: str) -> bool:
    """Tell whether the default of a variable shows that it holds where a secret lies: `/prod/crm/api_key`."""
    return default.startswith(PLACES) and "/" in default[1:]


def is_address(name: str) -> bool:
    """Tell whether a variable holds an address, in which a password may stand."""
    return name.lower().endswith(ADDRESSES)


# What is safe about these is how they write, or what they make, not what they show.
WRITERS = ("safe_dump", "safe_dump_all", "safe_load", "safe_load_all")


@functools.cache
def is_mask(name: str) -> bool:
    """Tell whether a function of this name gives a harmless stand-in for what it is given."""
    lowered = name.lower()
    return any(word in lowered for word in MASKS) and lowered not in WRITERS
