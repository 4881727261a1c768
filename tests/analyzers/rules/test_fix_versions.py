"""A fix uses nothing that the version which a project pins does not have.

What each version has was read in the released packages.
"""

import ast

import pytest

from analyzers.rule import Example, Rule
from analyzers.rules import RULES
from tests.analyzers.rules.test_fixes import Files, as_it_is, fixed, formed, offered
from tests.analyzers.rules.test_rules import case_name

ALWAYS = {
    "fastmcp.exceptions.ToolError",
    "fastmcp.server.auth.AccessToken",
    "fastmcp.server.auth.JWTVerifier",
    "fastmcp.server.dependencies.get_access_token",
    "fastmcp.server.dependencies.get_http_headers",
    "fastmcp.server.middleware.Middleware",
    "mcp.server.auth.middleware.auth_context.get_access_token",
    "mcp.server.auth.provider.AccessToken",
    "mcp.server.auth.settings.AuthSettings",
    "mcp.server.transport_security.TransportSecuritySettings",
    "starlette.middleware.Middleware",
    "starlette.middleware.trustedhost.TrustedHostMiddleware",
}
SINCE_3 = {"fastmcp.server.auth.require_scopes"}
# Pinned version -> names that it has besides, and keywords that it lacks.
VERSIONS = {
    "fastmcp==2.14.7": (ALWAYS, {"host_origin_protection", "auth", "namespace"}),
    "fastmcp==3.2.0": (ALWAYS | SINCE_3, {"host_origin_protection"}),
    "fastmcp==3.4.9": (ALWAYS | SINCE_3, set()),
    "fastmcp==4.1.2": (ALWAYS | SINCE_3, set()),
    "mcp==1.30.0": (ALWAYS, {"host_origin_protection", "auth"}),
    "mcp==2.3.0": (ALWAYS, {"host_origin_protection", "auth"}),
}


def imported(text: bytes) -> set[str]:
    """Return the names that a program takes from the frameworks."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(("fastmcp", "mcp", "starlette"))
        for alias in node.names
    }


def keywords(text: bytes) -> set[str]:
    """Return the keywords of a program's calls; a server takes `auth` in every version."""
    return {
        keyword.arg
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg is not None
        and (keyword.arg != "auth" or not ast.unparse(node.func).endswith(("FastMCP", "MCPServer")))
    }


def changed(before: Files, after: Files) -> list[tuple[bytes, bytes]]:
    return [(before[path], after[path]) for path in before if before[path] != after[path]]


def _is_used(framework: str, text: str) -> bool:
    return f"from {framework}" in text or f"import {framework}" in text


def _uses(rule: Rule, pin: str) -> list[Example]:
    """Return the examples of a rule that are written with the framework of a pin."""
    framework = pin.partition("==")[0]
    return [item for item in rule.examples if any(_is_used(framework, text) for text in item.files.values())]


CASES = [
    pytest.param(rule, pin, id=f"{case_name(rule)}-{pin}") for rule in RULES for pin in VERSIONS if _uses(rule, pin)
]


@pytest.mark.parametrize(("rule", "pin"), CASES)
def test_a_fix_uses_only_what_the_pinned_version_has(rule: Rule, pin: str) -> None:
    available, absent = VERSIONS[pin]
    manifest = f'[project]\nname = "shop"\ndependencies = ["{pin}"]\n'.encode()
    for example in _uses(rule, pin):
        files = {**formed(example, as_it_is), "pyproject.toml": manifest}
        for finding in offered(files)[1]:
            for before, after in changed(files, fixed(files, finding)):
                assert imported(after) - imported(before) <= available
                assert not (keywords(after) - keywords(before)) & absent
