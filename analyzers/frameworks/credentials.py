"""Where credentials come from: the environment, default chains, exchanges made for one call."""

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
    "google.auth.default": "Google default credentials",
    "azure.identity.DefaultAzureCredential": "Azure default credential",
    "azure.identity.aio.DefaultAzureCredential": "Azure default credential",
    "azure.identity.ManagedIdentityCredential": "Azure managed identity",
    "kubernetes.config.load_incluster_config": "Kubernetes service account",
    "kubernetes.config.load_kube_config": "kubeconfig",
}

# Calls that turn the caller's identity into a credential for one downstream.
EXCHANGES = {
    "azure.identity.OnBehalfOfCredential": "on-behalf-of",
    "azure.identity.aio.OnBehalfOfCredential": "on-behalf-of",
    "msal.ConfidentialClientApplication().acquire_token_on_behalf_of": "on-behalf-of",
    "google.auth.impersonated_credentials.Credentials": "impersonation",
}
EXCHANGE_METHODS = ("assume_role", "assume_role_with_web_identity", "acquire_token_on_behalf_of", "exchange_token", "token_exchange")
EXCHANGE_MARKS = (
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
)
# Where a request carries a credential.
CREDENTIAL_KEYWORDS = ("headers", "auth", "cookies", "params", "cert", "token", "api_key", "credentials")
