"""How a program sends requests to its own web application, without a network."""

# What a client is given to hand its requests over.
TRANSPORTS = frozenset(
    {
        *("httpx.ASGITransport", "httpx.WSGITransport", "httpx2.ASGITransport", "httpx2.WSGITransport"),
        *("httpx._transports.asgi.ASGITransport", "httpx._transports.wsgi.WSGITransport"),
    }
)
# Clients that are made of an application.
TEST_CLIENTS = frozenset({"starlette.testclient.TestClient", "fastapi.testclient.TestClient"})
