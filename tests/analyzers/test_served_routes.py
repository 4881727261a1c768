"""Servers whose tools are the routes of a FastAPI application."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence, Report, Severity
from tests.analyzers.programs import fixed_by, tree_of

HEAD = """\
import os
import httpx
import jwt
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Security
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
from fastapi_mcp import AuthConfig, FastApiMCP
from fastmcp import FastMCP

app = FastAPI()
oauth2 = OAuth2PasswordBearer(tokenUrl="token")

async def current_user(token: str = Depends(oauth2)) -> dict:
    try:
        return jwt.decode(token, os.environ["KEY"], algorithms=["HS256"], audience="shop")
    except jwt.PyJWTError:
        raise HTTPException(status_code=401)

async def active_user(user: dict = Depends(current_user)) -> dict:
    if user.get("disabled"):
        raise HTTPException(status_code=400)
    return user

async def require_admin(user: dict = Depends(active_user)) -> None:
    if user.get("role") != "admin":
        raise HTTPException(status_code=403)

def require_scope(scope: str):
    async def check(user: dict = Depends(current_user)) -> None:
        if scope not in user.get("scope", "").split():
            raise HTTPException(status_code=403)
    return check
"""
ROUTE = """
@app.delete("/customers/{number}"MORE)
async def delete_customer(number: str GIVEN):
    async with httpx.AsyncClient() as client:
        return (await client.delete("https://crm.internal/customers", params={"id": number})).text
"""
SERVED = """
mcp = FastApiMCP(app)
mcp.mount_http()
"""
OPEN = "unauthenticated-network-server"
UNCHECKED = "missing-per-tool-authorization"


def report_on(*parts: str, more: str = "", given: str = "", **files: str) -> Report:
    text = "".join(parts).replace("MORE", more).replace("GIVEN", given)
    return analyze(tree_of({"server.py": text, **{f"{name}.py": other for name, other in files.items()}}))


def kinds(report: Report) -> dict[str, str]:
    return {row.name: row.authorization.kind for row in report.tools}


def told(report: Report, *rules: str) -> dict[str, tuple[str, ...]]:
    return {
        finding.rule: tuple(tool.rpartition(":")[2] for tool in finding.tools)
        for finding in report.findings
        if finding.rule in rules and finding.confidence >= Confidence.MEDIUM
    }


@pytest.mark.parametrize(
    "served",
    [
        SERVED,
        "mcp = FastApiMCP(fastapi=app)\nmcp.mount()\n",
        "mcp = FastApiMCP(app)\nmcp.mount_sse()\n",
        'mcp = FastMCP.from_fastapi(app=app)\nmcp.run(transport="http", host="0.0.0.0")\n',
        'mcp = FastMCP.from_fastapi(app)\nmcp.run(transport="http", host="0.0.0.0")\n',
    ],
)
def test_a_route_is_a_tool_with_what_it_does(served: str) -> None:
    report = report_on(HEAD, ROUTE, served)

    (row,) = report.tools
    assert (row.name, row.kind, row.capabilities, row.transport) == ("delete_customer", "tool", ("destroy",), "http")
    (found,) = (finding for finding in report.findings if finding.rule == OPEN)
    assert found.severity is Severity.CRITICAL
    assert not report.coverage.tools_dynamic


def test_routers_of_other_files_are_taken_in_with_their_routes() -> None:
    orders = """
        from fastapi import APIRouter

        router = APIRouter(prefix="/orders")
        inner = APIRouter()
        router.include_router(inner)

        @router.get("/{number}")
        async def read_order(number: str):
            return number

        @inner.get("/inner", operation_id="innermost")
        async def read_inner():
            return 1

        @router.get("/hidden", include_in_schema=False)
        async def hidden():
            return 1

        def listed(number: str):
            return number

        router.add_api_route("/listed", listed, methods=["GET"])
    """
    others = """
        from fastapi import FastAPI

        other = FastAPI()

        @other.get("/x")
        async def of_another_application():
            return 1
    """
    include = "from orders import router\nimport others\napp.include_router(router)\n"

    report = report_on(HEAD, include, SERVED, orders=orders, others=others)

    assert sorted(kinds(report)) == ["innermost", "listed", "read_order"]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("", ["delete", "read", "write"]),
        (', include_operations=["read"]', ["read"]),
        (', exclude_operations=["read"]', ["delete", "write"]),
        (', include_tags=["admin"]', ["delete", "write"]),
        (", include_tags=settings.tags", ["delete", "read", "write"]),
        (', exclude_tags=["own"]', ["delete", "read"]),
        (', exclude_tags=["routed", "own"]', ["read"]),
    ],
)
def test_a_server_takes_the_operations_that_it_is_told_to(given: str, names: list[str]) -> None:
    routes = """
admin = APIRouter(tags=["admin"])

@app.get("/read")
async def read():
    return 1

@admin.get("/write", tags=["own"])
async def write():
    return 1

routed = APIRouter(tags=["routed"])

@routed.get("/delete")
async def delete():
    return 1

app.include_router(admin)
app.include_router(routed, tags=["admin"])
"""
    report = report_on(HEAD, routes, SERVED.replace("(app)", f"(app{given})"))
    assert sorted(kinds(report)) == names


def test_an_empty_list_of_routers_hides_nothing() -> None:
    listed = "further = []\nfor router in further:\n    app.include_router(router)\n"
    assert list(kinds(report_on(HEAD, listed, ROUTE, SERVED))) == ["delete_customer"]


def test_what_cannot_be_seen_stays_a_tool_that_is_not_known() -> None:
    unknown = "from elsewhere import router\napp.include_router(router)\n"

    assert kinds(report_on(HEAD, unknown, ROUTE, SERVED)) == {"delete_customer": "none", "*": "unresolved"}
    assert kinds(
        report_on(HEAD, ROUTE, "from elsewhere import application\n", SERVED.replace("app)", "application)"))
    ) == {"*": "unresolved"}
    mapped = 'mcp = FastMCP.from_fastapi(app, route_maps=MAPS)\nmcp.run(transport="http")\n'
    assert kinds(report_on(HEAD, ROUTE, mapped)) == {"*": "unresolved"}


@pytest.mark.parametrize(
    ("more", "given", "kind"),
    [
        ("", "", "none"),
        ("", ", user: dict = Depends(active_user)", "none"),
        (', dependencies=[Depends(require_scope("customers:delete"))]', "", "per_tool"),
        ("", ', allowed: None = Depends(require_scope("customers:delete"))', "per_tool"),
        (", dependencies=[Security(require_admin)]", "", "per_tool"),
    ],
)
def test_what_a_route_asks_of_its_callers_authorizes_the_tool(more: str, given: str, kind: str) -> None:
    other = '\n@app.get("/health")\nasync def health():\n    return "up"\n'
    assert kinds(report_on(HEAD, ROUTE, other, SERVED, more=more, given=given))["delete_customer"] == kind


def test_what_a_router_asks_authorizes_its_tools_and_no_others() -> None:
    router = "admin = APIRouter(dependencies=[Depends(require_admin)])\n\n"
    other = '\n@app.delete("/all")\nasync def wipe(user: dict = Depends(current_user)):\n    os.remove("/srv/all")\n'
    admin = ROUTE.replace("@app", "@admin") + "\napp.include_router(admin)\n"

    report = report_on(HEAD, router, admin, other, SERVED)

    assert kinds(report) == {"delete_customer": "per_tool", "wipe": "none"}
    assert told(report, OPEN, UNCHECKED) == {UNCHECKED: ("wipe",)}


@pytest.mark.parametrize(
    ("application", "more", "given", "configured", "rules"),
    [
        ("", "", "", "", {OPEN}),
        ("", "", ", user: dict = Depends(current_user)", "", {UNCHECKED}),
        ("", ", dependencies=[Depends(active_user)]", "", "", {UNCHECKED}),
        ("", "", "", ", auth_config=AuthConfig(dependencies=[Depends(current_user)])", {UNCHECKED}),
        ("", "", "", ', auth_config=AuthConfig(issuer="https://issuer.test")', {OPEN}),
        ("", "", "", ", auth_config=AuthConfig(dependencies=[])", {OPEN}),
        ("", "", "", ", auth_config=AuthConfig(dependencies=[Depends(oauth2)])", {OPEN}),
        ("", "", "", ", auth_config=AuthConfig(dependencies=elsewhere)", {UNCHECKED}),
        ("", ", dependencies=ASKED", "", "", {UNCHECKED}),
        ("dependencies=[Depends(current_user)]", "", "", "", {UNCHECKED}),
        # That a header is there says nothing of it.
        ("", "", ", token: str = Depends(oauth2)", "", {OPEN}),
    ],
)
def test_callers_are_authenticated_by_the_route_or_by_the_connection(
    application: str, more: str, given: str, configured: str, rules: set[str]
) -> None:
    made = f"app = FastAPI({application})\n" if application else "ASKED = [Depends(current_user)]\n"
    served = SERVED.replace("(app)", f"(app{configured})")
    report = report_on(HEAD, made, ROUTE, served, more=more, given=given)
    assert set(told(report, OPEN, UNCHECKED)) == rules


@pytest.mark.parametrize(
    "dependency",
    [
        "x_api_key: str = Header(...)):\n    presented = x_api_key",
        "bearer=Security(HTTPBearer())):\n    presented = bearer.credentials",
    ],
)
def test_a_dependency_that_compares_a_header_authenticates(dependency: str) -> None:
    refusing = f'def keyed({dependency}\n    if presented != os.environ["KEY"]:\n        raise HTTPException(403)\n'
    report = report_on(HEAD, refusing, ROUTE, SERVED, more=", dependencies=[Depends(keyed)]")
    assert OPEN not in told(report, OPEN)


def test_of_routes_that_ask_and_one_that_does_not_the_one_is_told() -> None:
    other = '\n@app.post("/orders")\nasync def create_order(item: str):\n    return httpx.post("https://orders.internal").text\n'

    report = report_on(HEAD, ROUTE, other, SERVED, given=", user: dict = Depends(current_user)")

    assert told(report, OPEN, UNCHECKED) == {OPEN: ("create_order",), UNCHECKED: ("delete_customer",)}


def test_only_what_callers_send_as_an_argument_is_theirs() -> None:
    routes = """
async def host() -> str:
    return "crm.internal"

@app.get("/a/{address}")
async def fetch(address: str):
    return httpx.get(f"https://{address}/").text

@app.get("/b")
async def injected(address: str = Depends(host)):
    return httpx.get(f"https://{address}/").text
"""
    report = report_on(HEAD, routes, SERVED)
    assert told(report, "ssrf-model-controlled-host") == {"ssrf-model-controlled-host": ("fetch",)}


def test_the_connection_is_given_a_verifier_and_the_application_a_check_of_hosts() -> None:
    files = {"server.py": (HEAD + ROUTE + SERVED).replace("MORE", "").replace("GIVEN", "")}

    fix, changed = fixed_by(files, OPEN)
    assert fix is not None
    assert "FastApiMCP(app, auth_config=AuthConfig(dependencies=[Depends(verified_caller)]))" in changed["server.py"]
    assert OPEN not in told(analyze(tree_of(changed)), OPEN)

    fix, changed = fixed_by(files, "origin-validation-off")
    assert fix is not None
    assert "\napp.add_middleware(TrustedHostMiddleware, allowed_hosts=" in changed["server.py"]
    assert "origin-validation-off" not in told(analyze(tree_of(changed)), "origin-validation-off")


def test_evidence_tells_a_configuration_that_verifies_nothing() -> None:
    served = SERVED.replace("(app)", "(app, auth_config=AuthConfig(dependencies=[Depends(oauth2)]))")
    (found,) = (item for item in report_on(HEAD, ROUTE, served).findings if item.rule == OPEN)
    assert found.evidence[0].note == "`mcp` is made with an `auth_config` that verifies no token"
