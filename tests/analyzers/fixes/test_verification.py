"""What patches verify, of hosts and of tokens, and what they leave to the author."""

import json
import textwrap
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from analyzers.finding import Safety
from tests.analyzers.programs import fixed_by

CONTEXT = """\
import ssl

context = ssl.create_default_context({authority})
context.check_hostname = False
{mode}"""


@pytest.mark.parametrize(
    ("authority", "mode", "safety"),
    [
        ("", "", Safety.REVIEW),
        ('cafile="/etc/peer.pem"', "", Safety.REVIEW),
        ("", "context.verify_mode = ssl.CERT_NONE\n", Safety.SAFE),
    ],
)
def test_a_host_name_that_is_not_checked_beside_an_authority_may_have_its_reason(
    authority: str, mode: str, safety: Safety
) -> None:
    fix, changed = fixed_by({"server.py": CONTEXT.format(authority=authority, mode=mode)}, "tls-verification-disabled")

    assert fix is not None
    assert fix.safety is safety
    assert "check_hostname = True" in changed["server.py"]


VERIFIER = """\
import jwt
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier


class Verifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            return None
        return AccessToken(token=token, client_id=claims["sub"], scopes=[], expires_at=claims["exp"])


mcp = FastMCP("shop", auth=Verifier())
mcp.run(transport="http")
"""


@pytest.fixture
def issuer() -> Iterator[tuple[str, rsa.RSAPrivateKey]]:
    """Yield the address at which an issuer publishes its keys, and the private one."""
    key = rsa.generate_private_key(65537, 2048)
    published = {
        "keys": [{**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": "1", "use": "sig", "alg": "RS256"}]
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(published).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/jwks", key
        server.shutdown()


def test_a_token_is_verified_with_the_published_keys(
    issuer: tuple[str, rsa.RSAPrivateKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, changed = fixed_by({"server.py": VERIFIER}, "unverified-token")
    text = changed["server.py"]
    statement = textwrap.dedent(text[text.index("            claims =") : text.index("        except")])
    head = text[text.index("import os") : text.index("class Verifier")].replace("from fastmcp", "# ")
    for name, value in {"JWKS_URI": issuer[0], "AUDIENCE": "https://shop/mcp", "ISSUER": "https://id"}.items():
        monkeypatch.setenv(f"MCP_AUTH_{name}", value)
    claims = {"sub": "ada", "aud": "https://shop/mcp", "iss": "https://id", "exp": int(time.time()) + 60}

    def read(sent: dict[str, object], key: rsa.RSAPrivateKey) -> object:
        scope: dict[str, object] = {"jwt": jwt, "token": jwt.encode(sent, key, "RS256", headers={"kid": "1"})}
        exec(f"{head}\n{statement}", scope)
        return scope["claims"]

    assert read(claims, issuer[1]) == claims
    refused = [{**claims, "aud": "https://other"}, {**claims, "iss": "https://other"}, {**claims, "exp": 1}]
    refused.append({name: value for name, value in claims.items() if name != "exp"})
    for sent in refused:
        with pytest.raises(jwt.PyJWTError):
            read(sent, issuer[1])
    with pytest.raises(jwt.PyJWTError):
        read(claims, rsa.generate_private_key(65537, 2048))


KEYED = """\
import jwt
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier

KEYS = jwt.PyJWKClient("https://id.example/jwks")


class Verifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        key = KEYS.get_signing_key_from_jwt(token).key
        claims = jwt.decode(token, key, {arguments})
        return AccessToken(token=token, client_id=claims["sub"], scopes=[], expires_at=claims["exp"])


mcp = FastMCP("shop", auth=Verifier())


@mcp.tool
def order(item: str) -> str:
    return item


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("arguments", "fixed", "safety"),
    [
        pytest.param(
            'algorithms=["RS256"], audience="shop", options={"verify_signature": False}',
            'algorithms=["RS256"], audience="shop", options={"verify_signature": True, "require": ["exp"]}',
            Safety.SAFE,
            id="option",
        ),
        pytest.param(
            'algorithms=["RS256"], options={"verify_signature": False, "require": ["exp"]}',
            'algorithms=["RS256"], options={"verify_signature": True, "require": ["exp"]}',
            Safety.REVIEW,
            id="no audience",
        ),
        pytest.param(
            'algorithms=["RS256", "none"], audience="shop", options={"require": ["exp"]}',
            'algorithms=["RS256"], audience="shop", options={"require": ["exp"]}',
            Safety.SAFE,
            id="algorithm",
        ),
    ],
)
def test_a_call_that_has_its_key_uses_it(arguments: str, fixed: str, safety: Safety) -> None:
    fix, changed = fixed_by({"server.py": KEYED.replace("{arguments}", arguments)}, "unverified-token")

    assert fix is not None
    assert fix.safety is safety
    assert changed == {"server.py": KEYED.replace("{arguments}", fixed)}
