"""How clients spell that they do not verify their peer's certificate."""

import ipaddress

ROOTS = (
    *("httpx.", "httpx2.", "requests.", "aiohttp.", "boto3.", "botocore.", "aioboto3.", "hvac.", "niquests."),
    "urllib3.",
)

# Keyword -> prefixes of the functions where a false value turns verification off; none: wherever it is used.
OPTIONS: dict[str, tuple[str, ...]] = {
    "verify": (*ROOTS, "curl_cffi.", "jira.", "consul.", "nomad.", "gitlab.", "pynetbox.", "openai.", "minio."),
    "ssl": ("aiohttp.",),
    "verify_ssl": (),
    "ssl_verify": (),
    "verify_certs": (),
    "verify_tls": (),
    "verify_certificate": (),
    "validate_certs": (),
    "assert_hostname": ("urllib3.", "elasticsearch.", "opensearchpy."),
    "ssl_assert_hostname": (),
}
# What the name of a switch holds that turns verification off, and of one that keeps it on.
SKIPPING = ("insecure", "self_signed", "skip", "no_verif", "disable", "unverified", "trust_all", "accept_invalid")
VERIFYING = ("verif", "validat", "check_cert", "check_ssl", "secure")
# Keyword that takes `CERT_NONE` or its name, and the functions that have it; none: wherever it is used.
# https://docs.python.org/3/library/ssl.html#ssl.CERT_NONE
MODES: dict[str, tuple[str, ...]] = {"cert_reqs": (), "ssl_cert_reqs": (), "validate": ("ldap3.Tls",)}
# Of those, the ones for which `None` is `CERT_NONE`: redis.
NONE_IS_OFF = ("ssl_cert_reqs",)
# Keywords of which a true value lets any certificate pass.
ALLOWING = dict.fromkeys(("tlsAllowInvalidCertificates", "tlsInsecure"), ("pymongo.", "motor."))
# What has an attribute that turns verification off.
HOLDERS = (*ROOTS, "kubernetes.", "kubernetes_asyncio.")
HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "request", "stream")
UNVERIFIED_CONTEXTS = ("ssl._create_unverified_context", "ssl._create_stdlib_context")
# Policies of SSH clients that take any host for the one that is meant, and the module that has one that does not.
HOST_KEY_POLICIES = {
    f"{module}.{policy}": "paramiko.RejectPolicy"
    for module in ("paramiko", "paramiko.client")
    for policy in ("AutoAddPolicy", "WarningPolicy")
}
HOST_KEYS = {"known_hosts": ("asyncssh.",)}
VARIABLES: dict[str, tuple[str, ...]] = {
    "PYTHONHTTPSVERIFY": ("0",),
    "NODE_TLS_REJECT_UNAUTHORIZED": ("0",),
    "CURL_CA_BUNDLE": ("",),
    "REQUESTS_CA_BUNDLE": ("",),
    "GIT_SSL_NO_VERIFY": ("1", "true"),
}
COMMANDS = (
    *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"),
    *("asyncio.create_subprocess_exec", "anyio.run_process", "anyio.open_process"),
)
LONG_FLAGS = {
    "curl": ("--insecure", "--proxy-insecure"),
    "wget": ("--no-check-certificate",),
    "git": ("http.sslVerify=false",),
}


def is_skipping(mode: str) -> bool:
    """Tell whether the name of a mode says that it verifies nothing: `noverify`, `tls-skip-verify`, `insecure`."""
    plain = mode.lower().replace("-", "").replace("_", "")
    return any(word.replace("_", "") in plain for word in SKIPPING)


def is_insecure_flag(program: str, flag: str) -> bool:
    """Tell whether an argument of `curl`, `wget` or `git` turns verification off."""
    name = program.rpartition("/")[2]
    if flag in LONG_FLAGS.get(name, ()):
        return True
    return name == "curl" and flag.startswith("-") and not flag.startswith("--") and "k" in flag[1:4]


def is_loopback(host: str) -> bool:
    """Tell whether a host, perhaps with a port, is the machine itself."""
    plain = host.removeprefix("[").partition("]")[0] if host.startswith("[") else host
    plain = plain.partition(":")[0] if plain.count(":") == 1 else plain
    if plain == "localhost" or plain.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(plain).is_loopback
    except ValueError:
        return False
