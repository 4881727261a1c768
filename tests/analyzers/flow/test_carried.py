"""A credential of the caller is known wherever a middleware keeps it for those that handle the request."""

import pytest

from analyzers.flow.summaries import Flow
from tests.analyzers.programs import given, named, program_of

MIDDLEWARE = """
from contextvars import ContextVar
from starlette.middleware.base import BaseHTTPMiddleware

current = ContextVar("current", default=None)

def keep(token):
    current.set(token)

class Bare:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        scope["state"]["bare"] = self.read(scope)
        await self.app(scope, receive, send)

    def read(self, scope):
        headers = dict(scope.get("headers", []))
        return headers.get(b"authorization").decode()

class Full(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        request.state.full = request.headers.get("X-Crm-Token")
        setattr(request.state, "late", request.headers["X-Late-Key"])
        keep(request.headers.get("authorization"))
        return await call_next(request)
"""
TOKENS = """
import tokens

def current_token():
    return None

def caller_token():
    return tokens.current_token()
"""
REPLACED = """
import tokens
from middleware import current

def start():
    tokens.current_token = current_or_none

def current_or_none():
    return current.get()
"""
READS = {
    "get_http_request().state.full": {"header:x-crm-token"},
    'getattr(get_http_request().state, "full", None)': {"header:x-crm-token"},
    "get_http_request().state.late": {"header:x-late-key"},
    "get_http_request().state.bare": {"headers", "context"},
    "current.get()": {"header:authorization"},
    "tokens.current_token()": {"header:authorization"},
    "get_http_request().state.unknown": {"headers", "context"},
}


@pytest.mark.parametrize("read", READS)
def test_what_is_kept_of_a_request_is_known_where_it_is_read(read: str) -> None:
    program = program_of(
        {
            "middleware.py": MIDDLEWARE,
            "tokens.py": TOKENS,
            "setup.py": REPLACED,
            "server.py": f"""
                import setup
                import tokens
                from fastmcp.server.dependencies import get_http_request
                from middleware import current

                def read():
                    probe({read})
            """,
        }
    )
    reader = named(program, "read")

    assert Flow(program).labeler.labels(reader, given(reader)[0]) == READS[read]
