"""How the Python MCP frameworks spell servers, entry points, transports, middleware and authentication.

Read in and run against fastmcp 2.14, 3.4 and 4.1 and mcp 1.30 and 2.3.
"""

import enum
from typing import Literal

Kind = Literal["tool", "resource", "prompt", "completion", "route"]
Transport = Literal["stdio", "http", "both", "unknown"]
ROOTS = ("fastmcp", "mcp", "fastapi_mcp")


class Framework(enum.StrEnum):
    """A family of servers with one way to declare tools."""

    FASTMCP = "fastmcp"
    SDK_FASTMCP = "mcp-fastmcp"
    SDK_SERVER = "mcp-server"
    LOW_LEVEL = "mcp-lowlevel"
    # The routes of a FastAPI application are the tools.
    FASTAPI = "fastapi-mcp"
    # The functions behind the parts of a web interface are the tools.
    GRADIO = "gradio"
    # No framework: the program speaks the protocol itself.
    JSON_RPC = "json-rpc"


# Class name -> framework; `FastMCP` is told apart by the package it comes from. A `FastMCPApp` is served by another.
SERVER_CLASSES = {
    "FastMCP": Framework.FASTMCP,
    "FastMCPApp": Framework.FASTMCP,
    "MCPServer": Framework.SDK_SERVER,
    "Server": Framework.LOW_LEVEL,
    "FastApiMCP": Framework.FASTAPI,
}
GENERATED_SERVERS = (
    *("from_openapi", "from_fastapi", "as_proxy", "create_proxy"),
    *("FastMCPProxy", "FastMCPOpenAPI", "FastApiMCP"),
)
# The argument by which a server that is made of a description is given what makes the requests.
CLIENT = "client"

# Decorator or method of a server -> kind of entry point.
DECLARATIONS: dict[str, Kind] = {
    "tool": "tool",
    "resource": "resource",
    "prompt": "prompt",
    "completion": "completion",
    "custom_route": "route",
}
# What declares something only where it is a method of a server, as of a `FastMCPApp`.
OWN_DECLARATIONS: dict[str, Kind] = {"ui": "tool"}
ADDERS: dict[str, Kind] = {
    "add_tool": "tool",
    "add_resource": "resource",
    "add_resource_fn": "resource",
    "add_prompt": "prompt",
}
MAKES_TOOL = "Tool.from_function"
LOW_LEVEL_HANDLERS: dict[str, Kind] = {
    "call_tool": "tool",
    "read_resource": "resource",
    "get_prompt": "prompt",
    "completion": "completion",
}
LOW_LEVEL_KEYWORDS: dict[str, Kind] = {
    "on_call_tool": "tool",
    "on_read_resource": "resource",
    "on_get_prompt": "prompt",
    "on_completion": "completion",
}
# How handlers are put in by the name of the request, `add_request_handler("tools/call", ...)`, or by its class.
ADD_REQUEST_HANDLER = "add_request_handler"
REQUEST_TABLES = ("request_handlers", "_request_handlers")
# Where the servers of frameworks keep the low-level one that they are built on.
INNER_SERVER = "_mcp_server"
REQUESTS: dict[str, Kind] = {
    "tools/call": "tool",
    "resources/read": "resource",
    "prompts/get": "prompt",
    "completion/complete": "completion",
    "CallToolRequest": "tool",
    "ReadResourceRequest": "resource",
    "GetPromptRequest": "prompt",
    "CompleteRequest": "completion",
}
# What marks functions for a provider that looks through the files of a folder.
MARKS: dict[str, Kind] = {"tool": "tool", "resource": "resource", "prompt": "prompt"}
FOLDER_PROVIDER = "FileSystemProvider"
MIXIN_DECORATORS: dict[str, Kind] = {"mcp_tool": "tool", "mcp_resource": "resource", "mcp_prompt": "prompt"}
# Names that variables and attributes holding a server go by, where nothing else tells.
SERVER_NAMES = ("mcp", "_mcp", "mcp_server", "mcp_app", "fastmcp", "app_mcp")
REGISTRATIONS = (*DECLARATIONS, *LOW_LEVEL_HANDLERS, "list_tools", "list_resources", "list_prompts")
MOUNTS = ("mount", "mount_http", "mount_sse", "import_server", "add_provider")
PROVIDERS_KEYWORD = "providers"
ADD_MIDDLEWARE = ("add_middleware",)

STDIO_CALLS = ("run_stdio_async", "stdio_server")
# What makes the application that a server serves.
APPLICATIONS = ("http_app", "streamable_http_app", "sse_app")
HTTP_CALLS = (
    *("run_http_async", "run_streamable_http_async", "run_sse_async", *APPLICATIONS),
    *("StreamableHTTPSessionManager", "SseServerTransport", "StreamableHTTPServerTransport", "create_sse_app"),
    "create_streamable_http_app",
)
# Calls of `HTTP_CALLS` that make a transport of its own, with settings of its own.
HTTP_MANAGERS = ("StreamableHTTPSessionManager", "SseServerTransport", "StreamableHTTPServerTransport")
# The address of fastmcp 2.2 to 4.1, of mcp from 1.9.4 on (0.0.0.0 before), of uvicorn, where none is given.
DEFAULT_HOST = "127.0.0.1"
SDK_LOCAL = (1, 9, 4)
# What binds to that address itself, and what else can give another.
OWN_LISTENERS = ("run", "run_async", "run_http_async", "run_streamable_http_async", "run_sse_async")
HOST_VARIABLES = ("FASTMCP_HOST", "FASTMCP_SERVER_HOST", "GRADIO_SERVER_NAME")
# How the check of host and origin is spelt.
ORIGIN_SWITCH = "host_origin_protection"
ORIGIN_SETTINGS = "TransportSecuritySettings"
REBINDING_SWITCH = "enable_dns_rebinding_protection"
ORIGIN_SETTING_NAMES = ("http_host_origin_protection", "FASTMCP_HTTP_HOST_ORIGIN_PROTECTION", "transport_security")
HOST_MIDDLEWARE = "TrustedHostMiddleware"
# What is given a server to talk to it within the process.
CLIENTS = ("fastmcp.Client", "fastmcp.client.Client", "fastmcp.client.client.Client")
# What runs a coroutine function that it is handed.
RUNNERS = ("run", "create_task", "start_soon", "to_thread", "run_until_complete", "Thread", "Process")
RUN_CALLS = ("run", "run_async")
HTTP_NAMES = ("http", "streamable-http", "sse", "streamable_http", "streamablehttp")

# Keyword of a server's constructor that authenticates connections.
AUTHENTICATION_KEYWORDS = ("auth", "token_verifier", "auth_server_provider", "auth_config")
# That of `FastApiMCP`, which only verifies by dependencies.
CONFIGURED = "auth_config"
# The attribute that the SDK's servers read when they make their application, whenever it was set.
ASSIGNED_VERIFIER = "_token_verifier"
# The method that the SDK's servers run at each call, as `call_tool(name, arguments)`; subclasses may override it.
CALL_METHOD = "call_tool"
OVERRIDABLE = (Framework.SDK_FASTMCP, Framework.SDK_SERVER)
MIDDLEWARE_HOOKS = ("on_call_tool", "on_request", "on_message", "__call__", "dispatch")
CALL_HOOKS = ("on_call_tool", "on_request", "on_message", "__call__")

# Ready-made middleware and what it does not do. A call logger without subject is no audit record.
PARTIAL_AUDIT = (
    *("LoggingMiddleware", "StructuredLoggingMiddleware", "TimingMiddleware", "DetailedTimingMiddleware"),
    *("OpenTelemetryMiddleware",),
)
AUTHORIZING_MIDDLEWARE = ("AuthMiddleware",)

# The version of fastmcp from which tools take `auth=` and servers an `AuthMiddleware`.
COMPONENT_AUTH = (3,)
# Checks for `auth=` on a tool: function -> whether it names a scope (and so is a check) in its arguments.
SCOPE_CHECKS = ("require_scopes", "require_roles")
TAG_CHECKS = ("restrict_tag",)
CONTEXT_TYPES = ("Context", "MiddlewareContext", "RequestContext", "ServerRequestContext", "AuthContext")


def root_of(name: str) -> str:
    """Return the distribution that a dotted name comes from."""
    return name.partition(".")[0]


def server_framework(name: str) -> Framework | None:
    """Return the framework when a dotted name is a server class, as `fastmcp.FastMCP`, else None."""
    root, last = root_of(name), name.rpartition(".")[2]
    if root not in ROOTS or last not in SERVER_CLASSES or "()" in name:
        return None
    framework = SERVER_CLASSES[last]
    if framework is Framework.FASTMCP and root == "mcp":
        return Framework.SDK_FASTMCP
    if framework is Framework.LOW_LEVEL and ".server" not in name:
        return None
    return framework


def is_stood_in(name: str) -> bool:
    """Tell whether a class of this name is one of servers whoever defines it: `mcp.server.fastmcp.FastMCP`."""
    return name.endswith(".FastMCP") and server_framework(name) is not None


def is_made_tool(name: str) -> bool:
    """Tell whether a call makes a tool of a function, `Tool.from_function(f)`; the tool keeps that as `fn`."""
    return root_of(name) in ROOTS and name.endswith(MAKES_TOOL)


def is_generated(name: str) -> bool:
    """Tell whether a call makes a server whose tools come from elsewhere: an API description, another server."""
    return root_of(name) in ("fastmcp", "fastapi_mcp") and name.rpartition(".")[2] in GENERATED_SERVERS


def is_framework(name: str) -> bool:
    """Tell whether a dotted name belongs to an MCP framework."""
    return root_of(name) in ROOTS
