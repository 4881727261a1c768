"""Where an address is not encrypted there is no certificate to verify."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from urllib.parse import urlparse
from fastmcp import FastMCP
from kubernetes import client

mcp = FastMCP("clusters")

@mcp.tool
def pods(address: str) -> list:
    configuration = client.Configuration()
    configuration.host = address
    scheme = urlparse(address).scheme.lower()
    if {asked}:
        configuration.ssl_ca_cert = "/etc/ssl/cluster.pem"
    else:
        configuration.verify_ssl = False
    return client.CoreV1Api(client.ApiClient(configuration)).list_pod_for_all_namespaces()

mcp.run()
"""


@pytest.mark.parametrize(
    ("asked", "is_told"),
    [
        ('scheme == "https"', False),
        ('scheme != "http"', False),
        ('address.startswith("https://")', False),
        ('not address.startswith("http://")', False),
        ('scheme == "https" or address.startswith("https:")', False),
        ('scheme == "http"', True),
        ('scheme == "https" and address.endswith(":6443")', True),
        ('address.startswith("http")', True),
        ("address", True),
    ],
)
def test_verification_is_only_off_where_there_is_some(asked: str, is_told: bool) -> None:
    findings = analyze(tree_of({"server.py": SERVER.format(asked=asked)})).findings
    assert ("tls-verification-disabled" in {found.rule for found in findings}) == is_told
