"""Tokens that are valid for longer than a task takes."""

from collections.abc import Iterator, Mapping

from analyzers.evidence.issued_tokens import Issued, issued_tokens
from analyzers.facts import Value
from analyzers.finding import Confidence, Evidence, Safety, Severity
from analyzers.fixes.rewrite import replace_value
from analyzers.flow.durations import Duration
from analyzers.rule import Analysis, Draft, Proposal, Rule, expression_shape, py

HOUR = 3600
DAY = 24 * HOUR
MINUTES = 15


class LongLivedToken(Rule):
    """
    ## What it finds
    An access or session token that is valid for more than an hour, more severe for more than a day: the `exp` of claims
    that are signed, `expires_at` and `expires_in` of what an authorization server hands out, the lifetime that an OAuth
    provider is configured with, `DurationSeconds` of temporary AWS credentials. Lifetimes are computed: `timedelta`,
    arithmetic, constants of other files, the defaults of settings and of environment variables.

    Refresh tokens, cookies, links for a reset or an invitation, and caches are not reported.

    ## Why it matters
    A token is stolen through a log, a prompt or a dependency, and works until it expires. Between fifteen minutes and
    thirty days lies whether the thief is still there when somebody looks.

    ## Fix
    Let access tokens expire after minutes and have clients renew them; what must last is the refresh token, which only
    the authorization server sees and can revoke.
    """

    id = "long-lived-token"
    summary = "a token is valid for longer than an hour"
    principle = "least_privilege"
    severity = Severity.MEDIUM
    cwe = ("CWE-613",)
    owasp = ("MCP01", "MCP02")
    spec = ("basic/authorization/security-considerations#token-theft",)
    pattern = "short-lived-grants"
    examples = (
        py(
            """
            import time
            import jwt
            from fastmcp import FastMCP

            mcp = FastMCP("issuer", auth=verifier)

            @mcp.tool
            def open_session(task: str) -> str:
                return jwt.encode(
                    {"sub": "agent", "task": task, "exp": int(time.time()) + 7 * 24 * 3600},  # finding
                    key,
                    algorithm="RS256",
                )

            mcp.run(transport="http")
            """,
            fixed="""
            import time
            import jwt
            from fastmcp import FastMCP

            mcp = FastMCP("issuer", auth=verifier)

            @mcp.tool
            def open_session(task: str) -> str:
                return jwt.encode(
                    {"sub": "agent", "task": task, "exp": int(time.time()) + 900},
                    key,
                    algorithm="RS256",
                )

            mcp.run(transport="http")
            """,
            note="a week, in the minting call",
        ),
        py(
            """
            from datetime import datetime, timedelta, timezone
            import jwt
            from settings import settings

            def create_access_token(data: dict, expires_delta: timedelta | None = None) -> str:
                to_encode = data.copy()
                if expires_delta:
                    expire = datetime.now(timezone.utc) + expires_delta
                else:
                    expire = datetime.now(timezone.utc) + timedelta(minutes=settings.ACCESS_TOKEN_EXPIRE_MINUTES)
                to_encode.update({"exp": expire})
                return jwt.encode(to_encode, settings.SECRET_KEY, algorithm="HS256")
            """,
            settings="""
            from pydantic_settings import BaseSettings

            class Settings(BaseSettings):
                SECRET_KEY: str
                ACCESS_TOKEN_EXPIRE_MINUTES: int = 60 * 24 * 8  # finding

            settings = Settings()
            """,
            note="the default of a setting in another file",
        ),
        py(
            """
            import os
            from datetime import timedelta
            from datetime import datetime
            from jose import jwt

            TTL_HOURS = int(os.getenv("TOKEN_TTL_HOURS", "12"))  # finding

            def mint(subject: str) -> str:
                expires = datetime.utcnow() + timedelta(hours=TTL_HOURS)
                claims = {"sub": subject}
                claims["exp"] = expires
                return jwt.encode(claims, key, algorithm="RS256")
            """,
            note="half a day unless a variable says otherwise",
        ),
        py(
            """
            import time
            from mcp.server.auth.provider import AccessToken
            from mcp.shared.auth import OAuthToken

            LIFETIME = 30 * 24 * 3600  # finding

            class Provider:
                async def exchange_authorization_code(self, client, code) -> OAuthToken:
                    token = self.fresh()
                    self.tokens[token] = AccessToken(
                        token=token,
                        client_id=client.client_id,
                        scopes=code.scopes,
                        expires_at=int(time.time()) + LIFETIME,
                    )
                    return OAuthToken(access_token=token, token_type="Bearer", expires_in=LIFETIME)
            """,
            note="one constant, one finding",
        ),
        py(
            """
            import boto3
            from fastmcp.server.auth import OAuthProxy

            def credentials(role: str):
                sts = boto3.client("sts")
                return sts.assume_role(RoleArn=role, RoleSessionName="agent", DurationSeconds=43200)  # finding

            auth = OAuthProxy(
                upstream_token_endpoint="https://id.example/token",
                fallback_access_token_expiry_seconds=86400 * 7,  # finding
            )
            """,
            fixed="""
            import boto3
            from fastmcp.server.auth import OAuthProxy

            def credentials(role: str):
                sts = boto3.client("sts")
                return sts.assume_role(RoleArn=role, RoleSessionName="agent", DurationSeconds=900)

            auth = OAuthProxy(
                upstream_token_endpoint="https://id.example/token",
                fallback_access_token_expiry_seconds=900,
            )
            """,
            note="temporary credentials and a provider",
        ),
        py(
            """
            import time
            from datetime import datetime, timedelta, timezone
            import jwt

            ACCESS_TOKEN_EXPIRE_MINUTES = 30
            REFRESH_TOKEN_EXPIRE_DAYS = 30

            def create_token(subject: str, lifetime: timedelta, kind: str = "access") -> str:
                claims = {"sub": subject, "type": kind, "exp": datetime.now(timezone.utc) + lifetime}
                return jwt.encode(claims, key, algorithm="HS256")

            def login(subject: str):
                access_token = create_token(subject, timedelta(minutes=ACCESS_TOKEN_EXPIRE_MINUTES))
                refresh_token = create_token(subject, timedelta(days=REFRESH_TOKEN_EXPIRE_DAYS), "refresh")
                return access_token, refresh_token

            def create_refresh_token(subject: str) -> str:
                return jwt.encode({"sub": subject, "exp": time.time() + 30 * 86400}, key, algorithm="HS256")

            def reset_link(address: str) -> str:
                claims = {"sub": address, "purpose": "password-reset", "exp": time.time() + 86400}
                return jwt.encode(claims, key, algorithm="HS256")
            """,
            note="an access token of half an hour; refresh tokens and a reset link may live longer",
        ),
        py(
            """
            import time
            import boto3
            import jwt
            from cachetools import TTLCache
            from fastmcp.server.auth import AccessToken

            CACHE_SECONDS = 7 * 24 * 3600
            cache = TTLCache(maxsize=100, ttl=CACHE_SECONDS)

            class Verifier:
                async def verify_token(self, token: str) -> AccessToken:
                    return AccessToken(token=token, client_id="x", scopes=[], expires_at=int(time.time()) + 30 * 86400)

            def mint(subject: str, lifetime: int) -> str:
                return jwt.encode({"sub": subject, "exp": int(time.time()) + lifetime}, key, algorithm="RS256")

            def session(response, subject: str):
                response.set_cookie("session", subject, max_age=30 * 86400)
                boto3.client("sts").assume_role(RoleArn=subject, RoleSessionName="agent", DurationSeconds=3600)
                return jwt.encode({"sub": subject, "exp": time.time() + 3600}, key, algorithm="RS256")
            """,
            note="caches, cookies, an hour at the most, a token that others issued, a lifetime that is not known",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each call that issues something for more than an hour, joined by the constant."""
        for issued in issued_tokens(analysis):
            if issued.duration.seconds > HOUR and issued.duration.function.file.path in analysis.product:
                yield self._draft(issued)

    def _draft(self, issued: Issued) -> Draft:
        function, call, what, duration = issued
        node = duration.function.facts.values[duration.value]
        place = duration.function.location(node.start, node.end)
        callee = expression_shape(function, function.facts.values[call].args[0])
        constant = f"{duration.function.file.path}|{duration.function.facts.qualname}"
        default = " unless it is configured" if duration.by_default else ""
        return Draft(
            key=f"{function.file.path}|{function.facts.qualname}|{callee}|lifetime",
            path=function.file.path,
            location=place,
            message=f"{what} is valid for {_spoken(duration.seconds)}{default}.",
            why=(
                "Whoever gets hold of it acts with its grants for as long, and nothing but a revocation that every "
                "server asks for ends that earlier."
            ),
            severity=Severity.HIGH if duration.seconds > DAY else Severity.MEDIUM,
            confidence=Confidence.MEDIUM if duration.by_default else Confidence.HIGH,
            evidence=(
                Evidence(place.path, place.line, f"the lifetime: {_spoken(duration.seconds)}"),
                Evidence(function.file.path, function.line_of(call), "it is issued here"),
            ),
            rows=(),
            group=f"{constant}|{expression_shape(duration.function, duration.value)}",
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Make it fifteen minutes: as a suggestion where the literal stands in the call that issues the token."""
        for issued in issued_tokens(analysis):
            duration = issued.duration
            node = duration.function.facts.values[duration.value]
            here = (duration.function.file.path, node.start, node.end)
            text = texts.get(here[0])
            if here != (draft.location.path, draft.start, draft.end) or text is None:
                continue
            shorter = _shorter(duration, node, text)
            call = issued.function.facts.values[issued.call]
            inside = issued.function is duration.function and call.start <= node.start and node.end <= call.end
            if not shorter:
                return None
            edit = replace_value(duration.function, duration.value, shorter)
            if inside and not duration.by_default:
                return Proposal("Let it expire after 15 minutes", Safety.SAFE, (edit,))
            title = f"Let it expire after {MINUTES} minutes (decide how long a task takes)"
            return Proposal(title, Safety.REVIEW, (edit,))
        return None


def _spoken(seconds: float) -> str:
    for name, length in (("day", DAY), ("hour", HOUR)):
        count = seconds / length
        if count >= 1:
            shown = f"{count:.1f}".removesuffix(".0")
            return f"{shown} {name}{'' if shown == '1' else 's'}"
    return f"{seconds / 60:.0f} minutes"


def _shorter(duration: Duration, node: Value, text: bytes) -> str:
    """Return fifteen minutes in the form and unit of the constant, "" where they make no whole number of it."""
    if node.op == "call":
        return f"{text[node.start : node.end].partition(b'(')[0].decode()}(minutes={MINUTES})"
    count = MINUTES * 60 / duration.unit
    whole = str(int(count)) if count >= 1 and count == int(count) else ""
    return f'"{whole}"' if whole and node.op == "str" else whole
