"""Calls that connect to a host, or make what will, by the argument that says to which."""

_LANGUAGE_MODELS = ("OpenAI", "AsyncOpenAI", "AzureOpenAI", "AsyncAzureOpenAI")
_SOCKETS = ("Client", "AsyncClient", "SimpleClient", "AsyncSimpleClient")

# Function -> position and name of the host or address; -1 where it has no position.
CONNECTIONS: dict[str, tuple[int, str]] = {
    "urllib.request.build_opener().open": (0, "fullurl"),
    **dict.fromkeys(("http.client.HTTPConnection", "http.client.HTTPSConnection"), (0, "host")),
    **dict.fromkeys(("websocket.create_connection", "websocket.WebSocketApp"), (0, "url")),
    **{f"socketio.{client}().connect": (0, "url") for client in _SOCKETS},
    **dict.fromkeys(("socket.socket().connect", "socket.socket().connect_ex"), (0, "address")),
    "anyio.connect_tcp": (0, "remote_host"),
    "trio.open_tcp_stream": (0, "host"),
    **{f"smtplib.{client}": (0, "host") for client in ("SMTP", "SMTP_SSL", "LMTP")},
    **{f"smtplib.{client}().connect": (0, "host") for client in ("SMTP", "SMTP_SSL")},
    **dict.fromkeys(("aiosmtplib.send", "aiosmtplib.SMTP"), (-1, "hostname")),
    **dict.fromkeys(("ftplib.FTP", "ftplib.FTP_TLS", "ftplib.FTP().connect", "ftplib.FTP_TLS().connect"), (0, "host")),
    **dict.fromkeys(("imaplib.IMAP4", "imaplib.IMAP4_SSL", "poplib.POP3", "poplib.POP3_SSL"), (0, "host")),
    **dict.fromkeys(("telnetlib.Telnet", "telnetlib3.open_connection"), (0, "host")),
    **dict.fromkeys(("xmlrpc.client.ServerProxy", "xmlrpc.client.Server"), (0, "uri")),
    **dict.fromkeys(("zeep.Client", "zeep.AsyncClient"), (0, "wsdl")),
    **dict.fromkeys(("grpc.insecure_channel", "grpc.secure_channel", "grpc.aio.insecure_channel"), (0, "target")),
    **dict.fromkeys(("boto3.client", "boto3.resource", "boto3.Session().client"), (-1, "endpoint_url")),
    **{f"openai.{client}": (-1, "base_url") for client in _LANGUAGE_MODELS[:2]},
    **{f"openai.{client}": (-1, "azure_endpoint") for client in _LANGUAGE_MODELS[2:]},
    **dict.fromkeys(("anthropic.Anthropic", "anthropic.AsyncAnthropic"), (-1, "base_url")),
    **dict.fromkeys(("ollama.Client", "ollama.AsyncClient"), (0, "host")),
    "httplib2.Http().request": (0, "uri"),
    **{f"tornado.httpclient.{client}().fetch": (0, "request") for client in ("AsyncHTTPClient", "HTTPClient")},
    **dict.fromkeys(("wget.download", "gdown.download"), (0, "url")),
    **{f"primp.{client}().{method}": (0, "url") for client in ("Client", "AsyncClient") for method in ("get", "post")},
    "git.Git().clone": (0, "url"),
}
# Those that speak no HTTP: what listens elsewhere is met, and seldom does what it is sent.
PLAIN = frozenset(
    name
    for name in CONNECTIONS
    if name.startswith(("socket.", "anyio.", "trio.", "smtplib.", "aiosmtplib.", "ftplib.", "imaplib.", "poplib."))
)
