"""Applications around a server: those that refuse whoever brings no credential, and those that let them through."""

from collections.abc import Callable

import pytest

from analyzers import Report

PROGRAM = """\
import os
import httpx
import uvicorn
from fastmcp import FastMCP
from starlette.responses import PlainTextResponse


def is_rejected(key):
    return not key or key != os.environ["KEY"]


class RequireKey:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"])
        key = headers.get(b"x-api-key", b"").decode().strip()
        {check}:
            return await PlainTextResponse("unauthorized", 401)(scope, receive, send)
        await self.app(scope, receive, send)


mcp = FastMCP("shop")


@mcp.tool
def order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={{"item": item}}).text


uvicorn.run(RequireKey(mcp.http_app()), host="0.0.0.0")
"""


CLOSURE = """\
import hmac

def require(app, token):
    expected = f"Bearer {token}".encode()

    async def guarded(scope, receive, send):
        key = dict(scope["headers"]).get(b"authorization", b"")
        if REFUSED:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            return
        await app(scope, receive, send)

    return guarded


mcp = FastMCP("shop")


@mcp.tool
def order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text


uvicorn.run(require(mcp.http_app(), os.environ["TOKEN"]), host="0.0.0.0")
"""
OPEN = "mcp = FastMCP" + CLOSURE.partition("mcp = FastMCP")[2].replace(
    'require(mcp.http_app(), os.environ["TOKEN"])', "mcp.http_app()"
)
RULE = "unauthenticated-network-server"


@pytest.mark.parametrize(
    ("check", "is_open"),
    [
        ('if key != os.environ["KEY"]', False),
        ('if not key or key != os.environ["KEY"]', False),
        ("if is_rejected(key)", False),
        ('if is_rejected(headers.get(b"x-api-key"))', False),
        ('if key and key != os.environ["KEY"]', True),
        ("if key and is_rejected(key)", True),
        ('if headers.get(b"x-api-key") and key != os.environ["KEY"]', True),
    ],
)
def test_what_only_refuses_wrong_credentials_authenticates_nobody(
    scan: Callable[[dict[str, str]], Report], check: str, is_open: bool
) -> None:
    report = scan({"server.py": PROGRAM.format(check=check)})
    told = [finding for finding in report.findings if finding.rule == "unauthenticated-network-server"]

    assert [any("no credential" in step.note for step in finding.evidence) for finding in told] == [True] * is_open


def test_a_function_that_is_an_application_authenticates(scan: Callable[[dict[str, str]], Report]) -> None:
    guarded = PROGRAM.partition("class RequireKey")[0] + CLOSURE
    asked = scan({"server.py": guarded.replace("REFUSED", "not hmac.compare_digest(key, expected)")})
    open_ = scan({"server.py": guarded.replace("REFUSED", "key and not hmac.compare_digest(key, expected)")})

    assert [finding.rule for finding in asked.findings if finding.rule == RULE] == []
    assert [finding.rule for finding in open_.findings if finding.rule == RULE] == [RULE]


def test_a_function_that_only_answers_authenticates_nobody(scan: Callable[[dict[str, str]], Report]) -> None:
    refusing = """\
async def refuse(scope, receive, send):
    response = PlainTextResponse("unauthorized", 401, headers={"WWW-Authenticate": "Bearer"})
    log(scope["headers"].get(b"authorization"))
    await response(scope, receive, send)


"""
    report = scan({"server.py": PROGRAM.partition("class RequireKey")[0] + refusing + OPEN})

    assert [finding.rule for finding in report.findings if finding.rule == RULE] == [RULE]


ANSWERED = """\
class RequireKey:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        key = dict(scope["headers"]).get(b"authorization", b"").decode()
        if not key:
            await self.HELPER
            return
        if key != os.environ["KEY"]:
            await self.refuse(send, 401, "wrong")
            return
        await self.app(scope, receive, send)

    async def refuse(self, send, status, text):
        await send({"type": "http.response.start", "status": status, "headers": []})


"""
RAISED = """\
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount
from errors import ERROR


class RequireKey(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.headers.get("authorization") != os.environ["KEY"]:
            raise ERROR("no key")
        return await call_next(request)


"""


@pytest.mark.parametrize(
    ("helper", "is_open"), [('refuse(send, 401, "no key")', False), ("app(scope, receive, send)", True)]
)
def test_a_method_that_is_given_a_status_hands_nothing_on(
    scan: Callable[[dict[str, str]], Report], helper: str, is_open: bool
) -> None:
    served = "mcp = FastMCP" + PROGRAM.partition("mcp = FastMCP")[2].replace("{{", "{").replace("}}", "}")
    text = PROGRAM.partition("class RequireKey")[0] + ANSWERED.replace("HELPER", helper) + served
    report = scan({"server.py": text})

    assert any(finding.rule == RULE for finding in report.findings) == is_open


@pytest.mark.parametrize(("error", "is_open"), [("AuthenticationRequired", False), ("KeyMissing", True)])
def test_an_error_that_is_named_for_a_refusal_refuses(
    scan: Callable[[dict[str, str]], Report], error: str, is_open: bool
) -> None:
    served = OPEN.replace("mcp.http_app()", 'Starlette(routes=[Mount("/", mcp.http_app(), middleware=around())])')
    around = "def around():\n    return [Middleware(RequireKey)]\n\n\n"
    text = PROGRAM.partition("class RequireKey")[0] + RAISED.replace("ERROR", error) + around + served
    report = scan({"server.py": text})

    assert any(finding.rule == RULE for finding in report.findings) == is_open


BESIDE = """\
import os
import uvicorn
from mcp.server.fastmcp import FastMCP
from starlette.responses import PlainTextResponse


class RequireKey:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if dict(scope["headers"]).get(b"x-api-key") != os.environb[b"KEY"]:
            return await PlainTextResponse("unauthorized", 401)(scope, receive, send)
        await self.app(scope, receive, send)
{subclass}

mcp = {made}("shop", host="0.0.0.0")


@mcp.tool()
def order(item: str) -> str:
    open("orders", "a").write(item)


{start}
"""


@pytest.mark.parametrize(
    ("start", "subclass", "is_open"),
    [
        pytest.param('mcp.run("streamable-http")', "", True, id="runs itself"),
        pytest.param(
            'mcp.run(transport="http", middleware=[Middleware(RequireKey)])', "", False, id="given to its run"
        ),
        pytest.param('mcp.run(transport="http", **options(RequireKey))', "", False, id="given who knows what"),
        pytest.param("uvicorn.run(RequireKey(mcp.streamable_http_app()))", "", False, id="wrapped"),
        pytest.param(
            'mcp.run("streamable-http")\nuvicorn.run(RequireKey(mcp.streamable_http_app()))', "", False, id="either way"
        ),
        pytest.param(
            'mcp.run("streamable-http")',
            "\nclass Own(FastMCP):\n    def streamable_http_app(self):\n"
            "        return RequireKey(super().streamable_http_app())\n",
            False,
            id="a class of the program",
        ),
    ],
)
def test_an_application_is_around_no_server_that_runs_itself(
    scan: Callable[[dict[str, str]], Report], start: str, subclass: str, is_open: bool
) -> None:
    program = BESIDE.format(start=start, subclass=subclass, made="Own" if subclass else "FastMCP")

    assert (RULE in {finding.rule for finding in scan({"server.py": program}).findings}) == is_open


WRAPPED = """\
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

class Keyed(BaseHTTPMiddleware):
    def __init__(self, app, key):
        super().__init__(app)
        self.key = key

    async def dispatch(self, request, call_next):
        if request.headers.get("authorization") != self.key:
            return JSONResponse({}, status_code=401)
        return await call_next(request)


def keyed(app, key):
    return Keyed(app, key)

"""


@pytest.mark.parametrize(("made", "found"), [("keyed(mcp.http_app(), os.environ['KEY'])", 0), ("mcp.http_app()", 1)])
def test_a_middleware_may_be_made_around_an_application(
    scan: Callable[[dict[str, str]], Report], made: str, found: int
) -> None:
    program = f"import os\nimport httpx\nimport uvicorn\nfrom fastmcp import FastMCP\n{WRAPPED}{OPEN}"
    report = scan({"server.py": program.replace("uvicorn.run(mcp.http_app()", f"uvicorn.run({made}")})

    assert len([finding for finding in report.findings if finding.rule == RULE]) == found


VERIFYING = """\
import jwt
from starlette.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware

class Verified(BaseHTTPMiddleware):
    def __init__(self, app, settings):
        super().__init__(app)
        self.settings = settings

    async def dispatch(self, request, call_next):
        if SWITCH:
            request.state.user = "developer"
        else:
            token = request.headers.get("authorization", "")[7:]
            try:
                claims = jwt.decode(token, os.environ["KEY"], algorithms=["RS256"], audience="shop")
            except Exception as error:
                HANDLED
            request.state.user = "somebody"
        return await call_next(request)

"""
REFUSED = "return JSONResponse({}, status_code=401)"
OWN = "self.settings.dev_user is not None"


@pytest.mark.parametrize(
    ("switch", "handled", "told"),
    [
        pytest.param(OWN, REFUSED, "holds a valid token", id="unless the process is told otherwise"),
        pytest.param(OWN, "pass", "", id="an error is swallowed"),
        pytest.param('request.headers.get("x-dev")', REFUSED, "", id="unless the caller says otherwise"),
    ],
)
def test_a_middleware_verifies_tokens_unless_the_process_is_told_otherwise(
    scan: Callable[[dict[str, str]], Report], switch: str, handled: str, told: str
) -> None:
    made = VERIFYING.replace("SWITCH", switch).replace("HANDLED", handled)
    application = "from starlette.middleware import Middleware\napp = mcp.http_app(middleware=[Middleware(Verified)])\n"
    program = f"import os\nimport httpx\nimport uvicorn\nfrom fastmcp import FastMCP\n{made}{OPEN}"
    report = scan({"server.py": program.replace("uvicorn.run(mcp.http_app()", f"{application}uvicorn.run(app")})

    found = {finding.rule: finding.message for finding in report.findings}
    assert (RULE in found) == (not told)
    assert told in found.get("missing-per-tool-authorization", "")


GRANTED = """\
import jwt
from starlette.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware

class Granted(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.url.path == "/health":
            return await call_next(request)
        token = request.headers.get("authorization", "")[7:]
        claims = jwt.decode(token, os.environ["KEY"], algorithms=["RS256"], audience="shop")
        if ASKED:
            return JSONResponse({}, status_code=403)
        return await call_next(request)

"""


@pytest.mark.parametrize(
    ("asked", "held"),
    [('"orders" not in claims["apps"]', "holds the scope `orders`"), ("not claims", "holds a valid token")],
)
def test_a_grant_that_an_application_asks_for_is_asked_of_all(
    scan: Callable[[dict[str, str]], Report], asked: str, held: str
) -> None:
    program = f"import os\nimport httpx\nimport uvicorn\nfrom fastmcp import FastMCP\n{GRANTED}{OPEN}"
    made = "app = mcp.http_app()\napp.add_middleware(Granted)\nuvicorn.run(app"
    report = scan({"server.py": program.replace("ASKED", asked).replace("uvicorn.run(mcp.http_app()", made)})

    (told,) = (finding for finding in report.findings if finding.rule == "missing-per-tool-authorization")
    assert held in told.message


GATE = """\
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

class Gate(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        key = request.headers.get("x-api-key", "")
        BODY
        return await call_next(request)

"""
COMPARED = 'if key != os.environ["KEY"]: return JSONResponse({}, status_code=401)'
CHALLENGE = 'return JSONResponse({}, status_code=401, headers={"WWW-Authenticate": "Bearer"})'
EXEMPT = f"if CASE: return await call_next(request)\n        {COMPARED}"
PASSED = {
    "compared": (COMPARED, ""),
    "health": (EXEMPT.replace("CASE", 'request.url.path == "/health"'), ""),
    "verified elsewhere": ("if not key or not request.app.verify(key): " + COMPARED.partition(": ")[2], ""),
    "kept": ("if not key: " + COMPARED.partition(": ")[2] + "\n        request.state.key = key", ""),
    "not answered": (COMPARED.replace("return ", ""), "makes a refusal and does not answer with it"),
    "afterwards": (
        f"answer = await call_next(request)\n        {COMPARED}\n        return answer",
        "refuses only after it has passed a request on",
    ),
    "its own path": (
        EXEMPT.replace("CASE", 'request.url.path.startswith("/mcp")'),
        "passes on all requests for the path",
    ),
    "a header": (EXEMPT.replace("CASE", 'request.headers.get("x-internal")'), "passes on whoever asks for it"),
    "a parameter": (
        EXEMPT.replace("CASE", 'request.query_params.get("debug") == "1"'),
        "passes on whoever asks for it",
    ),
    "any key": ("if not key: " + COMPARED.partition(": ")[2], "asks for a credential, and looks at none"),
    "any bearer": (f'if not key.startswith("Bearer ") or len(key) < 15: {CHALLENGE}', "looks at none"),
    "its bearers": (f'if not key.startswith("Bearer ") or key not in request.app.keys: {CHALLENGE}', ""),
}


@pytest.mark.parametrize(("body", "reason"), PASSED.values(), ids=PASSED)
def test_a_refusal_that_callers_get_past_is_told_with_the_way(
    scan: Callable[[dict[str, str]], Report], body: str, reason: str
) -> None:
    program = f"import os\nimport httpx\nimport uvicorn\nfrom fastmcp import FastMCP\n{GATE}{OPEN}"
    made = "app = mcp.http_app()\napp.add_middleware(Gate)\nuvicorn.run(app"
    report = scan({"server.py": program.replace("BODY", body).replace("uvicorn.run(mcp.http_app()", made)})

    told = [" ".join(one.note for one in item.evidence) for item in report.findings if item.rule == RULE]
    assert len(told) == bool(reason)
    assert all(reason in notes for notes in told)


CONNECTING = """\
import contextvars
import os
from urllib.parse import parse_qs
import httpx
import uvicorn
from fastmcp import FastMCP
from starlette.responses import PlainTextResponse

mcp = FastMCP("shop")
connected = contextvars.ContextVar("connected", default=None)


class Refused(Exception):
    pass


def connect(key):
    answer = httpx.get("https://orders.internal/me", headers={"Authorization": f"Bearer {key}"})
    if STATUS:
        raise Refused("the service did not take the key")
    return answer.json()


class Connecting:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        key = parse_qs(scope["query_string"].decode()).get("access_token", [""])[0]
        try:
            connected.set(connect(key))
        except Refused:
            FAILED
        await self.app(scope, receive, send)


@mcp.tool
def order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text


uvicorn.run(Connecting(mcp.http_app()), host="0.0.0.0")
"""
STATUSES = ("answer.status_code == 401", "answer.status_code in (401, 403)")
TURNED_AWAY = 'return await PlainTextResponse("unauthorized", 401)(scope, receive, send)'


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("failed", "is_open"), [("pass", True), (TURNED_AWAY, False)])
def test_a_status_that_another_service_answered_with_refuses_nobody(
    scan: Callable[[dict[str, str]], Report], status: str, failed: str, is_open: bool
) -> None:
    report = scan({"server.py": CONNECTING.replace("STATUS", status).replace("FAILED", failed)})

    assert ("unauthenticated-network-server" in {finding.rule for finding in report.findings}) is is_open
