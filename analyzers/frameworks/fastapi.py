"""How FastAPI spells applications, their routes and what is asked on them, and what makes tools of routes.

What fastapi_mcp does was read in its version 0.4.
"""

# What has routes: applications, and the routers that these take in.
ROUTED = frozenset(
    {
        *("fastapi.FastAPI", "fastapi.applications.FastAPI"),
        *("fastapi.APIRouter", "fastapi.routing.APIRouter", "fastapi.routers.APIRouter"),
    }
)
INCLUDE = "include_router"
ADD_ROUTE = "add_api_route"
METHODS = frozenset({"get", "post", "put", "patch", "delete", "options", "head", "api_route"})
OPERATION_ID = "operation_id"
TAGS = "tags"
IN_SCHEMA = "include_in_schema"

# What makes a server of an application: the constructor or method, and the keyword of the application.
MAKERS = {"FastApiMCP": "fastapi", "from_fastapi": "app"}
# What says which routes become tools: the ids and the tags of operations to take in, and to leave out.
TAKEN_IN = {"include_operations": OPERATION_ID, "include_tags": TAGS}
LEFT_OUT = {"exclude_operations": OPERATION_ID, "exclude_tags": TAGS}
# What decides by other means which become tools.
MAPPED = ("route_maps", "route_map_fn")

# What a default or an annotation says is taken from a header, and the keyword of its name where that is another.
HEADERS = frozenset(f"fastapi.{module}{name}" for module in ("", "param_functions.") for name in ("Header", "Cookie"))
ALIAS = "alias"
# Dependencies that read a credential and verify nothing of it.
SCHEMES = ("fastapi.security.",)
