"""Requests to a server under test, patient ones on a busy machine; the trusted certificates are read once."""

import functools

import httpx

PATIENCE_SECONDS = 60


def get(url: str, params: dict[str, str] | None = None) -> httpx.Response:
    """Get a page, over a connection of its own since the server may have been another one the last time."""
    return _client().get(url, params=params)


@functools.cache
def _client() -> httpx.Client:
    return httpx.Client(timeout=PATIENCE_SECONDS, limits=httpx.Limits(max_keepalive_connections=0))
