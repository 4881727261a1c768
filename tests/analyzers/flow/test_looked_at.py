"""Contexts without verification, by what their connections are for."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import socket
import ssl

from fastmcp import FastMCP

mcp = FastMCP("certificates")


@mcp.tool
def look(host: str) -> dict:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((host, 443), timeout=3) as plain:
        with context.wrap_socket(plain, server_hostname=host) as secured:
            {used}
            found = {{"version": secured.version(), "certificate": str(secured.getpeercert(True))}}
            alpn = getattr(secured, "selected_alpn_protocol", lambda: None)()
    return {{**found, "alpn": alpn}}


mcp.run()
"""


@pytest.mark.parametrize(
    ("used", "told"),
    [
        ("print(secured.cipher())", False),
        ('secured.sendall(b"GET / HTTP/1.1")', True),
        ("print(secured.recv(1024))", True),
        ("mcp.kept = secured", True),
        ("print(context)", True),
        ("later = lambda: secured.write(b'x')", True),
    ],
)
def test_what_only_shows_its_certificate_is_trusted_with_nothing(used: str, told: bool) -> None:
    """It is told of what sends or reads anything over such a connection, or keeps it."""
    report = analyze(tree_of({"server.py": SERVER.format(used=used)}))
    assert ("tls-verification-disabled" in {finding.rule for finding in report.findings}) is told
