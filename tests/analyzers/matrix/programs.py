"""Small programs from parts: how each framework spells a server, and what a program puts into one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import indent

HERE = "  # here"


@dataclass(frozen=True)
class Tool:
    """A tool: its parameters as written, its body unindented, and the decorator lines above and below registration.

    `auth` is given at the registration, `registered` is registered by a call instead of the function; without a body
    the function is defined elsewhere. Marks stand at the end of the `def` and of the registration.
    """

    name: str
    body: str = ""
    parameters: str = "order: str"
    above: str = ""
    below: str = ""
    auth: str = ""
    head_mark: str = ""
    auth_mark: str = ""
    registered: str | None = None
    call_mark: str = ""

    @property
    def arguments(self) -> str:
        """The arguments of a call from a dispatcher that holds `arguments`."""
        names = [part.partition(":")[0].strip() for part in self.parameters.split(",") if "=" not in part]
        return ", ".join(f'arguments["{name}"]' for name in names)

    def function(self, decorators: str = "") -> str:
        """Return the function under its decorators."""
        if not self.body:
            return ""
        head = f"async def {self.name}({self.parameters}) -> str:{self.head_mark}\n"
        return f"{decorators}{self.below}{head}{indent(self.body, '    ')}"


@dataclass(frozen=True)
class Parts:
    """What a program consists of, whatever its framework.

    `definitions` stand before the tools, `hook` is the middleware's name, `gate` runs before a dispatch, `files` are
    further files, `called` tells that tools are registered by a call of their (wrapped) name.
    """

    tools: Sequence[Tool]
    definitions: str = ""
    hook: str = ""
    gate: str = ""
    late: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    server_mark: str = ""
    dispatch_mark: str = ""


class Framework:
    """A framework in one version, whose tools are registered one by one on a server called `mcp`."""

    name = ""
    requirement = ""
    imports = ""
    construction = ""
    decorator = "@mcp.tool"
    identity = ""
    grants = ""
    client = "httpx"
    run = ""
    hooks = False
    dispatches = False
    authorizes_at_registration = False
    injects = False

    def program(self, parts: Parts) -> dict[str, str]:
        """Return the files of a program, text by path."""
        server = "\n".join(
            [
                f"import asyncio\nimport functools\nimport logging\nimport os\nimport {self.client}",
                self.identity + self.imports,
                f"log = logging.getLogger('shop')\n{parts.definitions}",
                self.server(parts),
                self.tools(parts),
                self.run,
            ]
        )
        return {"server.py": server, "requirements.txt": f"{self.requirement}\n", **parts.files}

    def server(self, parts: Parts) -> str:
        """Return the construction of the server with its middleware."""
        first, _, rest = self.construction.partition("\n")
        hook = self.attach(parts.hook) if parts.hook else ""
        return f"{first}{parts.server_mark}\n{rest}{hook}"

    def attach(self, hook: str) -> str:
        """Return the statement that attaches a middleware."""
        raise NotImplementedError

    def hook(self, name: str, before: str, after: str = "", method: str = "on_call_tool") -> str:
        """Return a middleware of a name with what it does before and after the call."""
        raise NotImplementedError

    hook_subject = ""

    def tools(self, parts: Parts) -> str:
        """Return the tools, each registered."""
        return "\n".join(self.tool(tool) for tool in parts.tools)

    def tool(self, tool: Tool) -> str:
        """Return one tool under its registration, or registered by a call of what wraps it."""
        if tool.registered is not None:
            return tool.function() + f"\n{self.call(tool)}"
        arguments = f"(auth={tool.auth})" if tool.auth else ""
        return tool.function(f"{tool.above}{self.decorator}{arguments}{tool.auth_mark}\n")

    def call(self, tool: Tool) -> str:
        """Return the registration of a tool by a call."""
        return f'mcp.tool(name="{tool.name}")({tool.registered}){tool.call_mark}\n'


class FastMcp(Framework):
    """The fastmcp package."""

    imports = """
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
"""
    construction = """mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))
"""
    identity = "from fastmcp.server.dependencies import get_access_token"
    grants = 'token.claims.get("allowed_tools", [])'
    run = '\nif __name__ == "__main__":\n    mcp.run(transport="http")\n'
    hooks = True
    hook_subject = "context.message.name"

    def attach(self, hook: str) -> str:
        return f"mcp.add_middleware({hook}())\n"

    def hook(self, name: str, before: str, after: str = "", method: str = "on_call_tool") -> str:
        body = f"{before}result = await call_next(context)\n{after}return result\n"
        return (
            "from fastmcp.server.middleware import Middleware\n\n"
            f"class {name}(Middleware):\n    async def {method}(self, context, call_next):\n{indent(body, ' ' * 8)}"
        )


class FastMcp2(FastMcp):
    name = "fastmcp-2"
    requirement = "fastmcp==2.14.7"


class FastMcp3(FastMcp):
    name = "fastmcp-3"
    requirement = "fastmcp==3.4.9"
    authorizes_at_registration = True
    injects = True

    def server(self, parts: Parts) -> str:
        text = self.construction.replace(
            '"shop", ', f'"shop", middleware=[{parts.hook}()], ' if parts.hook else '"shop", '
        )
        return text.replace("\n", f"{parts.server_mark}\n")


class FastMcp4(FastMcp):
    name = "fastmcp-4"
    requirement = "fastmcp==4.1.2"
    decorator = "@mcp.tool"
    client = "httpx2"
    authorizes_at_registration = True
    injects = True


class Mcp1FastMcp(Framework):
    name = "mcp-1-fastmcp"
    requirement = "mcp==1.30.0"
    imports = """
from mcp.server.fastmcp import FastMCP
from mcp.server.auth.settings import AuthSettings
from verifier import verifier
"""
    construction = """mcp = FastMCP("shop", token_verifier=verifier, auth=AuthSettings(issuer_url="https://id.example"))
"""
    decorator = "@mcp.tool()"
    identity = "from mcp.server.auth.middleware.auth_context import get_access_token"
    grants = "token.scopes"
    run = '\nmcp.run(transport="streamable-http")\n'

    def call(self, tool: Tool) -> str:
        return f'mcp.add_tool({tool.registered}, name="{tool.name}"){tool.call_mark}\n'


class Mcp2Server(Framework):
    name = "mcp-2-server"
    requirement = "mcp==2.3.0"
    imports = """
from mcp.server import MCPServer
from verifier import verifier
"""
    construction = 'mcp = MCPServer("shop", token_verifier=verifier)\n'
    decorator = "@mcp.tool()"
    identity = "from mcp.server.auth.middleware.auth_context import get_access_token"
    grants = "token.scopes"
    client = "httpx2"
    run = '\nmcp.run(transport="streamable-http")\n'
    hooks = True
    hook_subject = 'ctx.params["name"]'

    def server(self, parts: Parts) -> str:
        text = self.construction.replace(")", f", middleware=[{parts.hook}])" if parts.hook else ")")
        return text.replace("\n", f"{parts.server_mark}\n")

    def hook(self, name: str, before: str, after: str = "", method: str = "tools/call") -> str:
        body = (
            f'if ctx.method != "{method}":\n    return await call_next(ctx)\n'
            f"{before}result = await call_next(ctx)\n{after}return result\n"
        )
        return f"async def {name}(ctx, call_next):\n{indent(body, '    ')}"

    def call(self, tool: Tool) -> str:
        return f'mcp.add_tool({tool.registered}, name="{tool.name}"){tool.call_mark}\n'


class LowLevel(Framework):
    """A server with one handler for all calls, which dispatches on the name."""

    grants = "token.scopes"
    identity = "from mcp.server.auth.middleware.auth_context import get_access_token"
    imports = """
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
"""
    run = """
manager = StreamableHTTPSessionManager(mcp)
app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
"""
    dispatches = True

    def tool(self, tool: Tool) -> str:
        return tool.function()

    def dispatch(self, parts: Parts) -> str:
        """Return the body of the handler for all calls."""
        if any(tool.registered is not None for tool in parts.tools):
            return f"{parts.gate}result = await HANDLERS[name](**arguments)\n{parts.late}return result\n"
        branches = "el".join(
            f'if name == "{tool.name}":\n    result = await {tool.name}({tool.arguments})\n' for tool in parts.tools
        )
        return f"{parts.gate}{branches}else:\n    raise ValueError(name)\n{parts.late}return result\n"

    def table(self, parts: Parts) -> str:
        """Return the table of handlers, where tools are registered by what wraps them."""
        entries = [
            f'    "{tool.name}": {tool.registered},{tool.call_mark}\n'
            for tool in parts.tools
            if tool.registered is not None
        ]
        return "\nHANDLERS = {\n" + "".join(entries) + "}\n" if entries else ""


class Mcp1LowLevel(LowLevel):
    name = "mcp-1-low-level"
    requirement = "mcp==1.30.0"
    construction = 'mcp = Server("shop")\n'

    def tools(self, parts: Parts) -> str:
        head = f"\n@mcp.call_tool()\nasync def call_tool(name, arguments):{parts.dispatch_mark}\n"
        handler = head + indent(self.dispatch(parts), "    ")
        return super().tools(parts) + self.table(parts) + handler


class Mcp2LowLevel(LowLevel):
    name = "mcp-2-low-level"
    requirement = "mcp==2.3.0"
    client = "httpx2"
    hooks = True
    hook_subject = 'ctx.params["name"]'
    hook = Mcp2Server.hook

    def server(self, parts: Parts) -> str:
        return ""

    def tools(self, parts: Parts) -> str:
        body = f"name, arguments = params.name, params.arguments\n{self.dispatch(parts)}"
        handler = f"\nasync def call_tool(ctx, params):{parts.dispatch_mark}\n{indent(body, '    ')}"
        attached = f"mcp.middleware.append({parts.hook})\n" if parts.hook else ""
        construction = f'\nmcp = Server("shop", on_call_tool=call_tool){parts.server_mark}\n{attached}'
        return super().tools(parts) + self.table(parts) + handler + construction


FRAMEWORKS: tuple[Framework, ...] = (
    FastMcp2(),
    FastMcp3(),
    FastMcp4(),
    Mcp1FastMcp(),
    Mcp1LowLevel(),
    Mcp2Server(),
    Mcp2LowLevel(),
)
