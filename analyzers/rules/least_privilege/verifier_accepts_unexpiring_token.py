"""Verifiers that take a token without an expiry."""

from collections.abc import Iterator, Mapping

from analyzers.evidence.claim_uses import only_names
from analyzers.evidence.presented_tokens import is_run
from analyzers.evidence.token_verifiers import framework_verifiers, has_dating_issuer, is_dated_elsewhere, verifications
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.expiry import fix_of, refusing_verifier
from analyzers.flow.expiry import Verification
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class VerifierAcceptsUnexpiringToken(Rule):
    """
    ## What it finds
    Code that verifies a token's signature and does not insist on `exp`: PyJWT without `require`, python-jose without
    `require_exp`, Authlib and joserfc without an essential `exp` or without validating the claims, and FastMCP's own
    `JWTVerifier`, which takes a token without `exp` as one that never expires. Where the check of the expiry is turned
    off, expired tokens pass too, and the finding is more severe. One finding a verifier.

    Code that itself needs the `exp` of the claims is not reported. Where every token surely has one, because its issuer
    is a known identity provider or because the program signs the tokens itself, the finding is only a note.

    ## Why it matters
    An expiry that nobody demands protects nobody: a token that was once issued without one, by a script, a test or a
    second service with the same key, opens the server for as long as the key lives.

    ## Fix
    Demand the claims that the server relies on, `exp` first: `options={"require": ["exp"]}` for PyJWT,
    `options={"require_exp": True}` for python-jose, an essential `exp` for the others; for FastMCP a verifier that
    refuses what has no `expires_at`.
    """

    id = "verifier-accepts-unexpiring-token"
    summary = "a verifier accepts tokens that never expire"
    principle = "least_privilege"
    severity = Severity.MEDIUM
    confidence = Confidence.MEDIUM
    cwe = ("CWE-613",)
    owasp = ("MCP01",)
    spec = ("basic/authorization/security-considerations#token-theft",)
    pattern = "verified-token"
    examples = (
        py(
            """
            import jwt
            from fastmcp.server.auth import AccessToken, TokenVerifier

            class Verifier(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    claims = jwt.decode(token, KEY, algorithms=["RS256"])  # finding
                    return AccessToken(token=token, client_id="x", scopes=[], expires_at=claims.get("exp"))
            """,
            fixed="""
            import jwt
            from fastmcp.server.auth import AccessToken, TokenVerifier

            class Verifier(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    claims = jwt.decode(token, KEY, algorithms=["RS256"], options={"require": ["exp"]})
                    return AccessToken(token=token, client_id="x", scopes=[], expires_at=claims.get("exp"))
            """,
            note="PyJWT without options",
        ),
        py(
            """
            import jwt

            def authenticate(token: str) -> str:
                claims = jwt.decode(  # finding
                    token,
                    KEY,
                    algorithms=["RS256"],
                    options={"require": ["iss", "sub"], "verify_aud": True},
                )
                return claims["sub"]

            def authenticate_loosely(token: str) -> str:
                claims = jwt.decode(token, KEY, algorithms=["RS256"], options={"verify_exp": False})  # finding
                return claims["sub"]
            """,
            fixed="""
            import jwt

            def authenticate(token: str) -> str:
                claims = jwt.decode(
                    token,
                    KEY,
                    algorithms=["RS256"],
                    options={"require": ["iss", "sub", "exp"], "verify_aud": True},
                )
                return claims["sub"]

            def authenticate_loosely(token: str) -> str:
                claims = jwt.decode(token, KEY, algorithms=["RS256"], options={"verify_exp": True, "require": ["exp"]})
                return claims["sub"]
            """,
            note="other claims are required; the check is off",
        ),
        py(
            """
            from jose import jwt
            from joserfc import jwt as modern
            from joserfc.jwt import JWTClaimsRegistry

            registry = JWTClaimsRegistry(iss={"essential": True})

            def authenticate(token: str) -> str:
                return jwt.decode(token, KEY, audience="shop")["sub"]  # finding

            def authenticate_modern(token: str) -> str:
                decoded = modern.decode(token, KEY)  # finding
                registry.validate(decoded.claims)
                return decoded.claims["sub"]
            """,
            fixed="""
            from jose import jwt
            from joserfc import jwt as modern
            from joserfc.jwt import JWTClaimsRegistry

            registry = JWTClaimsRegistry(iss={"essential": True}, exp={"essential": True})

            def authenticate(token: str) -> str:
                return jwt.decode(token, KEY, audience="shop", options={"require_exp": True})["sub"]

            def authenticate_modern(token: str) -> str:
                decoded = modern.decode(token, KEY)
                registry.validate(decoded.claims)
                return decoded.claims["sub"]
            """,
            note="python-jose and joserfc",
        ),
        py(
            """
            from authlib.jose import jwt

            def authenticate(token: str) -> str:
                claims = jwt.decode(token, KEY)  # finding
                claims.validate()
                return claims["sub"]

            def authenticate_hastily(token: str) -> str:
                claims = jwt.decode(token, KEY, claims_options={"exp": {"essential": True}})  # finding
                return claims["sub"]
            """,
            note="Authlib; without `validate()` even an expired token passes",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            verifier = JWTVerifier(jwks_uri="https://id.corp/jwks", audience="shop")  # finding
            mcp = FastMCP("shop", auth=verifier)
            """,
            note="a verifier of the framework, with an issuer that nothing is known of",
        ),
        py(
            """
            import jwt

            OPTIONS = {"require": ["exp", "iss"]}
            REQUIRED = ["exp", "sub"]

            def first(token: str) -> str:
                return jwt.decode(token, KEY, algorithms=["RS256"], options=OPTIONS)["sub"]

            def second(token: str) -> str:
                return jwt.decode(token, KEY, algorithms=["RS256"], options={"require": REQUIRED})["sub"]

            def third(token: str) -> tuple[str, int]:
                claims = jwt.decode(token, KEY, algorithms=["RS256"])
                return claims["sub"], claims["exp"]

            def fourth(token: str) -> str:
                claims = jwt.decode(token, KEY, algorithms=["RS256"])
                if claims.get("exp") is None:
                    raise PermissionError("no expiry")
                return claims["sub"]

            def decoded(token: str) -> dict:
                return jwt.decode(token, KEY, algorithms=["RS256"])

            def fifth(token: str) -> str:
                claims = decoded(token)
                if "exp" not in claims:
                    raise PermissionError("no expiry")
                return claims["sub"]

            def listed(token: str) -> dict | None:
                claims = jwt.decode(token, KEY, algorithms=["RS256"])
                missing = [name for name in REQUIRED if name not in claims]
                return None if missing else claims

            class Claims:
                def validate(self, claims: dict, now: float) -> dict:
                    end = claims.get("exp")
                    if not end or end < now:
                        raise PermissionError("no expiry")
                    return claims

            def sixth(token: str, now: float) -> dict:
                return Claims().validate(jwt.decode(token, KEY, algorithms=["RS256"]), now)

            def logged_in(answer: dict) -> dict:
                return jwt.decode(answer["access_token"], KEY, algorithms=["RS256"], options={"verify_aud": False})

            def peek(token: str, options: dict) -> str:
                jwt.decode(token, KEY, algorithms=["RS256"], options=options)
                return jwt.decode(token, options={"verify_signature": False})["kid"]
            """,
            note="required, needed by the code or a helper, unknown, the client's own, or no verification at all",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken
            from fastmcp.server.auth.providers.auth0 import Auth0Provider
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            class ExpiringVerifier(JWTVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    access = await super().verify_token(token)
                    return access if access is not None and access.expires_at is not None else None

            mcp = FastMCP("shop", auth=ExpiringVerifier(jwks_uri="https://id.corp/jwks", audience="shop"))
            other = FastMCP("other", auth=Auth0Provider(config_url=URL, client_id=ID, base_url=BASE))
            """,
            note="a verifier that refuses them, and a provider whose tokens all expire",
        ),
        py(
            """
            import jwt
            from fastmcp import FastMCP

            mcp = FastMCP("mail")

            @mcp.tool
            def subject(token: str) -> str:
                return jwt.decode(token, KEY, algorithms=["RS256"])["sub"]

            mcp.run(transport="stdio")
            """,
            note="a local server has no remote callers",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each verification that does not insist on the expiry, joined by verifier."""
        if analysis.servers and all(state.transport == "stdio" for state in analysis.servers):
            return
        for verification in verifications(analysis):
            revokes = not verification.current and only_names(analysis, verification.function, verification.call)
            if not revokes:
                yield self._draft(analysis, verification)
        for function, call in framework_verifiers(analysis):
            yield self._framework_draft(analysis, function, call)

    def _draft(self, analysis: Analysis, verification: Verification) -> Draft:
        function, call = verification.function, verification.call
        node = function.facts.values[call]
        verifier = (function.owner or function).facts.qualname
        accepted = "accepts a token without `exp`, which never expires"
        if not verification.current:
            accepted = "accepts tokens that have expired"
        harmless = verification.current and is_dated_elsewhere(analysis, verification)
        severity = Severity.MEDIUM if verification.current else Severity.HIGH
        return Draft(
            # Other arguments of the call may come and go.
            key=f"{function.file.path}|{function.facts.qualname}|{function.facts.values[node.args[0]].text}",
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"`{function.facts.qualname}` {accepted}.",
            why=(
                "A token without an end, from a script, a test or another service with the same key, stays good until "
                "the key changes. The verifier is where that can be refused."
            ),
            severity=Severity.INFO if harmless else severity,
            confidence=Confidence.MEDIUM,
            evidence=(Evidence(function.file.path, function.line_of(call), _note(verification)),),
            group=f"{function.file.path}|{verifier}",
            start=node.start,
            end=node.end,
        )

    def _framework_draft(self, analysis: Analysis, function: Function, call: int) -> Draft:
        node = function.facts.values[call]
        name = analysis.flow.resolver.external(function, node.args[0]).rpartition(".")[2]
        harmless = has_dating_issuer(analysis, function, call)
        return Draft(
            # Other arguments of the verifier may come and go.
            key=f"{function.file.path}|{function.facts.qualname}|{name}",
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"`{name}` accepts a token without `exp`, which never expires.",
            why=(
                "The framework's verifier checks an expiry that is there and asks for none. A token that was issued "
                "without one stays good until the key changes."
            ),
            severity=Severity.INFO if harmless else Severity.MEDIUM,
            confidence=Confidence.MEDIUM if is_run(analysis, function) else Confidence.LOW,
            evidence=(Evidence(function.file.path, function.line_of(call), "tokens are verified by this"),),
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Demand `exp`: in the options of the call, or by a verifier that refuses tokens without an end."""
        text = texts.get(draft.path)
        if text is None:
            return None
        for verification in verifications(analysis):
            if _is_at(draft, verification.function, verification.call):
                return fix_of(analysis.flow, verification, text)
        for function, call in framework_verifiers(analysis):
            if _is_at(draft, function, call):
                return refusing_verifier(function, call, text)
        return None


def _is_at(draft: Draft, function: Function, call: int) -> bool:
    node = function.facts.values[call]
    return (function.file.path, node.start, node.end) == (draft.path, draft.start, draft.end)


def _note(verification: Verification) -> str:
    if verification.current:
        return "the signature is verified, `exp` is not required"
    off = "the claims are never validated" if verification.library in ("authlib", "joserfc") else "the check is off"
    return f"the signature is verified, {off}"
