"""Tokens that are believed without being verified."""

from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec

from analyzers.evidence.accepted_tokens import is_accepted_before, is_fetched, is_of_client, is_of_verified_request
from analyzers.evidence.claim_uses import first_argument, is_handed_on, is_used
from analyzers.evidence.own_helpers import is_without_callers
from analyzers.evidence.presented_tokens import (
    is_answered,
    is_entry,
    is_granted,
    is_minted,
    is_received,
    is_unused,
    is_verified_before,
)
from analyzers.evidence.split_tokens import is_split_for_callers
from analyzers.evidence.unsound_verifications import unsound_verifications
from analyzers.facts import Event, Value
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.verification import pinned, refused, verified
from analyzers.flow.label_calls import skips_signature
from analyzers.flow.labels import BEARER, ID, Labels
from analyzers.frameworks import identity
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of
from analyzers.rule import Analysis, Draft, Proposal, Rule, place_key, py

NAMES = ("decode", "decode_complete", "get_unverified_claims")
DECODERS = ("base64.urlsafe_b64decode", "base64.b64decode", "base64.standard_b64decode")
READERS = (*identity.VERIFIERS, *identity.UNVERIFIED, identity.DEBUG_VERIFIER, *DECODERS)
LAST_NAMES = sorted({name.rpartition(".")[2] for name in READERS})
# Under these a client finds the tokens that an issuer answers with.
RECEIVED = ("access_token", "id_token")
PAYLOAD = "1"
MAX_STEPS = 30
MAX_CALLERS = 2


class UnverifiedToken(Rule):
    """
    ## What it finds
    A token whose claims are read without checking its signature and then decide or identify: `jwt.decode` with
    `verify_signature` off or with the algorithm `none`, `get_unverified_claims`, a payload that is cut out of the token
    and decoded, the framework's debugging verifier in a server, and a verifier that accepts whatever it is given, or
    what it has just refused. A key or an algorithm that the token names itself, and algorithms with a secret key beside
    those with a published one.

    Reading the header to choose a key, a token that was verified before, by the same function, by one that was given
    it, or by the framework's provider, and claims that are only logged are not reported. Servers that only speak stdio
    have no callers to verify, and scripts that are run by hand hardly any.

    ## Why it matters
    An unverified token is text that the caller wrote. Whoever knows the format writes the subject, the scopes and the
    tools into it that they want.

    ## Fix
    Decode with the issuer's key, a fixed list of algorithms, the audience and the issuer of this server, and require
    `exp`, `aud`, `iss` and `sub`; or let the framework's verifier do it and read the verified claims.
    """

    id = "unverified-token"
    summary = "claims of a token are believed without checking its signature"
    principle = "verify_explicitly"
    severity = Severity.CRITICAL
    cwe = ("CWE-347", "CWE-345")
    owasp = ("MCP07", "MCP01")
    spec = ("basic/authorization#token-handling",)
    pattern = "verified-token"
    is_cause = True
    examples = (
        py(
            """
            import jwt
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken, TokenVerifier

            class Verifier(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    claims = jwt.decode(token, options={"verify_signature": False})  # finding
                    return AccessToken(token=token, client_id=claims["sub"], scopes=claims["scopes"])

            mcp = FastMCP("shop", auth=Verifier())
            mcp.run(transport="http")
            """
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_http_headers
            from jose import jwt

            mcp = FastMCP("shop")

            @mcp.tool
            def whoami() -> str:
                token = get_http_headers(include={"authorization"})["authorization"]
                return jwt.get_unverified_claims(token)["sub"]  # finding

            mcp.run(transport="http")
            """,
            note="python-jose",
        ),
        py(
            """
            import base64
            import json
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_http_headers

            mcp = FastMCP("shop")

            @mcp.tool
            def whoami() -> str:
                token = get_http_headers(include={"authorization"})["authorization"]
                claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1]))  # finding
                return claims["sub"]

            mcp.run(transport="http")
            """,
            note="the payload cut out of the token",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.debug import DebugTokenVerifier

            mcp = FastMCP("shop", auth=DebugTokenVerifier())  # finding
            mcp.run(transport="http")
            """,
            note="accepts any text",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken, TokenVerifier
            from tokens import is_known

            class PassOn(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    return AccessToken(token=token, client_id="unknown", scopes=[])  # finding

            class Known(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    if not is_known(token):
                        return None
                    return AccessToken(token=token, client_id="known", scopes=[])

            FastMCP("shop", auth=PassOn()).run(transport="http")
            """,
            note="a verifier that asks nothing",
        ),
        py(
            """
            import jwt
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken, TokenVerifier
            from keys import key_of

            class Verifier(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
                    claims = jwt.decode(token, key_of(issuer), algorithms=["RS256"], audience="shop", issuer=issuer)
                    return AccessToken(token=token, client_id=claims["sub"], scopes=claims["scopes"])

            mcp = FastMCP("shop", auth=Verifier())
            mcp.run(transport="http")
            """,
            note="read first to choose the key, verified then",
        ),
        py(
            """
            import jwt
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("shop", auth=provider)

            def subject_of(token: str) -> str:
                return jwt.decode(token, options={"verify_signature": False})["sub"]

            @mcp.tool
            def whoami() -> str:
                return subject_of(get_access_token().token)

            @mcp.tool
            def mail() -> str:
                return jwt.decode(get_access_token().token, options={"verify_signature": False})["email"]

            mcp.run(transport="http")
            """,
            note="the provider of the server accepted it",
        ),
        py(
            """
            import base64
            import json
            import logging
            import jwt
            from fastmcp import FastMCP

            mcp = FastMCP("shop")

            def log_expiry(token):
                logging.info("expires %s", jwt.decode(token, options={"verify_signature": False})["exp"])

            def claimed_client(token):
                claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
                if not isinstance(claims, dict):
                    return None
                return claims.get("client_id")

            def count(reason, client):
                logging.info("%s %s", reason, client)

            def reject(token, client=None):
                client = client or claimed_client(token)
                count("rejected", client)
                logging.warning("rejected a token of %s", client or "unknown")

            mcp.run(transport="http")
            """,
            note="only logged",
        ),
        py(
            """
            import base64
            import json
            import time
            from fastmcp import FastMCP

            mcp = FastMCP("shop")

            def seconds_left(token: str) -> float:
                parts = token.split(".")
                claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
                expires = claims.get("exp", 0)
                return expires - time.time() if "exp" in claims else 0.0

            mcp.run(transport="http")
            """,
            note="only its expiry is read",
        ),
        py(
            """
            import os
            import jwt
            from fastapi import Depends, FastAPI, Request
            from fastmcp import FastMCP

            mcp = FastMCP("shop")
            app = FastAPI()
            revoked = set()

            async def issue(user: str) -> tuple[str, int]:
                return jwt.encode({"sub": user, "exp": 900, "jti": user}, os.environ["KEY"], "HS256"), 900

            def current(request: Request) -> dict:
                return jwt.decode(request.headers["authorization"], os.environ["KEY"], algorithms=["HS256"])

            @app.post("/login")
            async def login(user: str) -> dict:
                token, _ = await issue(user)
                return {"token": token, "session": jwt.decode(token, options={"verify_signature": False})["jti"]}

            @app.post("/logout")
            async def logout(request: Request, caller: dict = Depends(current)) -> None:
                token = request.headers["authorization"]
                revoked.add(jwt.decode(token, options={"verify_signature": False})["jti"])

            def identify(token: str) -> dict | None:
                issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
                return verified_by(issuer, token) if issuer else None

            mcp.run(transport="http")
            """,
            note="a token of its own, one that a dependency verified, and the issuer that one is verified with",
        ),
        py(
            """
            import jwt
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken, TokenVerifier
            from keys import key_of

            class Provider:
                async def authenticate(self, header: str) -> bool:
                    jwt.decode(header.removeprefix("Bearer "), key_of("k"), algorithms=["RS256"], audience="shop")
                    return True

                def principal(self, header: str) -> dict:
                    return jwt.decode(header.split(" ")[1], options={"verify_signature": False})

                def named(self, header: str) -> dict:
                    return jwt.decode(header.split(" ")[1], options={"verify_signature": False})  # finding

            class Verifier(TokenVerifier):
                def __init__(self, provider: Provider) -> None:
                    self.provider = provider

                async def verify_token(self, token: str) -> AccessToken | None:
                    if not await self.provider.authenticate(f"Bearer {token}"):
                        return None
                    claims = jwt.decode(token, options={"verify_signature": False})
                    return AccessToken(token=token, client_id=claims["sub"], scopes=claims["scopes"])

            provider = Provider()

            class Middleware:
                def __init__(self, app) -> None:
                    self.app = app

                async def __call__(self, scope, receive, send):
                    header = scope["headers"]["authorization"]
                    if not await provider.authenticate(header):
                        return await refuse(send)
                    scope["user"] = provider.principal(header)
                    scope["name"] = provider.named(scope["headers"]["x-name"])
                    await self.app(scope, receive, send)

            mcp = FastMCP("shop", auth=Verifier(provider))
            mcp.run(transport="http")
            """,
            note="one that another function verified before; and one that none did",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each place that reads a token without verifying it, on servers with remote callers."""
        if all(state.transport == "stdio" for state in analysis.servers):
            return
        for function, call in chain.from_iterable(map(analysis.program.call_sites, LAST_NAMES)):
            event = function.facts.events[function.event_of(call)]
            reading = _reading(analysis, function, event) if function.file.path in analysis.product else ""
            if not reading or _was_verified(analysis, function, _token(function, event)):
                continue
            if is_minted(analysis, function, _token(function, event)) or is_verified_before(analysis, function):
                continue
            if is_answered(function, event) or _is_granted(analysis, function, event):
                continue
            if is_split_for_callers(analysis, function):
                continue
            if is_accepted_before(analysis, function, event, _whole(analysis, function, _token(function, event))):
                continue
            if not _is_verified(analysis, function, event) and _matters(analysis, function, event):
                yield self._draft(analysis, function, event, reading)
        for function, call, reading, severity, told, why in unsound_verifications(analysis):
            draft = self._draft(analysis, function, function.facts.events[function.event_of(call)], reading)
            message = f"`{function.facts.qualname}` {told}: {reading}." if told else draft.message
            changes = {"severity": severity, "confidence": Confidence.MEDIUM, "message": message}
            yield msgspec.structs.replace(draft, **changes, why=why or draft.why)

    def _draft(self, analysis: Analysis, function: Function, event: Event, reading: str) -> Draft:
        node = function.facts.values[event.value]
        inbound = _is_inbound(analysis.flow.labeler.union(function, node.args[1:]))
        sure = inbound or "debugging" in reading or function.facts.name in identity.VERIFYING_METHODS
        token = _token(function, event)
        settled = _is_own(function, node) or is_handed_on(function, token, event.value)
        got = is_received(analysis.flow.resolver, function, _whole(analysis, function, token), RECEIVED)
        fetched = is_fetched(analysis, function, _whole(analysis, function, token))
        idle = not sure and (settled or got or fetched or is_unused(analysis.program, function))
        idle = idle or is_of_client(analysis, function, token) or (not sure and is_without_callers(analysis, function))
        sure = sure or (not idle and any(_is_sent(analysis, function, value) for value in node.args[1:]))
        return Draft(
            key=place_key(function, event.value),
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"`{function.facts.qualname}` believes a token without verifying it: {reading}.",
            why=(
                "Without the signature a token is text that the caller wrote. Whoever knows its format chooses the "
                "subject and the grants that this server sees."
            ),
            severity=Severity.LOW if inbound and is_of_verified_request(analysis, function) else Severity.CRITICAL,
            confidence=Confidence.LOW if idle else Confidence.HIGH if sure else Confidence.MEDIUM,
            evidence=(Evidence(function.file.path, function.line_of(event.value), reading),),
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Verify signature, audience and expiry; key and audience are the author's to name."""
        text = texts.get(draft.path)
        for function, call, name in analysis.calls("decode", "get_unverified_claims", identity.ACCEPTED_CLASS):
            node = function.facts.values[call]
            if text is not None and (function.file.path, node.start, node.end) == (draft.path, draft.start, draft.end):
                if name.endswith(identity.VERIFIED_CLASS):
                    return refused(function, call)
                return verified(function, call, name, text) or pinned(function, call, text)
        return None


def _reading(analysis: Analysis, function: Function, event: Event) -> str:
    """Return how a call reads a token unverified, "" when it does not."""
    node = function.facts.values[event.value]
    resolver = analysis.flow.resolver
    for name in resolver.externals(function, node.args[0]):
        if name in identity.UNVERIFIED:
            return "its claims are read without the signature"
        if name in identity.VERIFIERS and skips_signature(resolver, function, node):
            return "the signature check is turned off"
        if name.rpartition(".")[2] == identity.DEBUG_VERIFIER and not node.names:
            return "the debugging verifier accepts any text"
        if name in DECODERS and len(node.args) > 1 and _is_payload(function, node.args[1], 0):
            return "its payload is cut out and decoded"
    return ""


def _is_payload(function: Function, value: int, depth: int) -> bool:
    """Tell whether a value is made of the second part of something split at its dots."""
    node = function.facts.values[value]
    if depth > 6:
        return False
    second = node.text if node.op == "item" else function.facts.values[node.args[1]].text if node.op == "index" else ""
    if second == PAYLOAD:
        split = function.facts.values[node.args[0]]
        callee = function.facts.values[split.args[0]] if split.op == "call" else split
        parts = function.facts.values[split.args[1]].text if split.op == "call" and len(split.args) > 1 else ""
        return callee.text == "split" and parts == "."
    return any(_is_payload(function, part, depth + 1) for part in node.args if part >= 0)


def _is_verified(analysis: Analysis, function: Function, event: Event) -> bool:
    """Tell whether the function certainly verifies a token before or after an event."""
    before = set(map(id, function.chain(event.dominator)))
    for other in function.calls():
        node = function.facts.values[other.value]
        names = analysis.flow.resolver.externals(function, node.args[0])
        if not any(name in identity.VERIFIERS for name in names):
            continue
        ordered = id(other) in before or any(step is event for step in function.chain(other.dominator))
        if ordered and other is not event and not skips_signature(analysis.flow.resolver, function, node):
            return True
    return False


def _is_granted(analysis: Analysis, function: Function, event: Event) -> bool:
    """Tell whether a token came from its issuer, with a refresh token, and from no caller."""
    token = _whole(analysis, function, _token(function, event))
    labels = analysis.flow.labeler.union(function, function.facts.values[event.value].args[1:])
    return not _is_inbound(labels) and is_granted(analysis.flow.resolver, function, token, RECEIVED)


def _token(function: Function, event: Event) -> int:
    """Return what a call reads as a token, or the part of one."""
    return first_argument(function, event.value)


def _whole(analysis: Analysis, function: Function, value: int) -> int:
    """Return the token that a part of one was cut out of."""
    parts = list(function.made_of(value, most=MAX_STEPS))
    for part in parts:
        if is_entry(analysis.flow.resolver, function, function.facts.values[part], RECEIVED):
            return part
    return next((part for part in parts if parameter_of(function, part) is not None), value)


def _was_verified(analysis: Analysis, function: Function, value: int, depth: int = 3) -> bool:
    """Tell whether a token is one that the framework's provider accepted before it gave it out."""
    if value < 0 or depth == 0:
        return False
    labels = analysis.flow.labeler.labels(function, value)
    if labels & {BEARER, ID}:
        return not _is_inbound(labels)
    given = parameter_of(function, value)
    callers = analysis.flow.resolver.arguments(*given) if given is not None else []
    return bool(callers) and all(_was_verified(analysis, caller, part, depth - 1) for caller, part in callers)


def _matters(analysis: Analysis, function: Function, event: Event) -> bool:
    """Tell whether what was read decides, is kept, handed on or returned; logging it alone is nothing."""
    if _reading(analysis, function, event).startswith("the debugging"):
        return True
    return is_used(analysis, function, event.value, MAX_CALLERS)


def _is_own(function: Function, call: Value) -> bool:
    """Tell whether a token is an `id_token`, which its client got from the issuer itself."""
    parts = function.made_of(*call.args[1:2], most=MAX_STEPS)
    return any(function.facts.values[part].text == "id_token" for part in parts)


def _is_sent(analysis: Analysis, function: Function, value: int, depth: int = 3) -> bool:
    """Tell whether a value is made of a header of a request, here or in a caller that hands it on."""
    if _is_inbound(analysis.flow.labeler.labels(function, value)):
        return True
    for part in function.made_of(value, most=MAX_STEPS) if depth else ():
        given = parameter_of(function, part)
        callers = analysis.flow.resolver.arguments(*given) if given is not None else ()
        if any(_is_sent(analysis, caller, passed, depth - 1) for caller, passed in callers):
            return True
    return False


def _is_inbound(labels: Labels) -> bool:
    return any(label.startswith("header:") for label in labels)
