"""Tokens that are issued without an expiry."""

from collections.abc import Iterator, Mapping

from analyzers.evidence.claim_uses import accepts_anything
from analyzers.evidence.drawn_secrets import compares_drawn
from analyzers.evidence.presented_tokens import asks_elsewhere
from analyzers.evidence.token_verifiers import decodes_in
from analyzers.facts import Value
from analyzers.finding import Confidence, Edit, Evidence, Safety, Severity
from analyzers.fixes.rewrite import add_import
from analyzers.flow.claims import claims_of, is_no_token
from analyzers.frameworks.tokens import ENCODERS
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, Proposal, Rule, place_key, py

VERIFIED = "AccessToken"
MINUTES = 15 * 60


class TokenWithoutExpiry(Rule):
    """
    ## What it finds
    A token that is signed with claims that hold no `exp`, and an own verifier that returns an `AccessToken` whose
    `expires_at` is none. Claims are followed through helpers and later assignments; where they come from elsewhere,
    nothing is reported.

    ## Why it matters
    A token without an expiry is valid until the signing key changes: one leaked log line, and whoever has it acts as
    the user of an old session for years.

    ## Fix
    Give every token an `exp` some minutes ahead, an `iat` and a `jti`, and let clients renew it.
    """

    id = "token-without-expiry"
    summary = "a token is issued without an expiry"
    principle = "least_privilege"
    severity = Severity.HIGH
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
                claims = {"sub": "agent", "iat": int(time.time()), "task": task}
                return jwt.encode(claims, key, algorithm="RS256")  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import time
            import jwt
            from fastmcp import FastMCP

            mcp = FastMCP("issuer", auth=verifier)

            @mcp.tool
            def open_session(task: str) -> str:
                claims = {"sub": "agent", "iat": int(time.time()), "task": task, "exp": int(time.time()) + 900}
                return jwt.encode(claims, key, algorithm="RS256")

            mcp.run(transport="http")
            """,
            note="claims of a literal",
        ),
        py(
            """
            from jose import jwt
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("issuer", token_verifier=verifier, auth=settings)

            def claims_for(user: str) -> dict[str, str]:
                return {"sub": user, "aud": "shop"}

            @mcp.tool()
            def open_session(user: str) -> str:
                return jwt.encode(claims_for(user), key, algorithm="RS256")  # finding

            mcp.run(transport="streamable-http")
            """,
            note="claims of a helper",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken, TokenVerifier

            class Verifier(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    row = await self.lookup(token)
                    return AccessToken(token=token, client_id=row.client, scopes=row.scopes, expires_at=None)  # finding

            mcp = FastMCP("shop", auth=Verifier())

            @mcp.tool
            def ping() -> str:
                return "pong"

            mcp.run(transport="http")
            """,
            note="a verifier that says tokens never expire",
        ),
        py(
            """
            import time
            import jwt
            from fastmcp import FastMCP

            mcp = FastMCP("issuer", auth=verifier)

            @mcp.tool
            def open_session(task: str, extra: dict[str, str]) -> list[str]:
                claims = {"sub": "agent"}
                claims["exp"] = int(time.time()) + 900
                other = {"sub": "agent"}
                other.update({"exp": int(time.time()) + 900})
                merged = {**extra, "sub": "agent"}
                return [
                    jwt.encode({"sub": task, "exp": int(time.time()) + 900}, key, algorithm="RS256"),
                    jwt.encode(claims, key, algorithm="RS256"),
                    jwt.encode(other, key, algorithm="RS256"),
                    jwt.encode(merged, key, algorithm="RS256"),
                    jwt.encode(extra, key, algorithm="RS256"),
                ]

            mcp.run(transport="http")
            """,
            note="an expiry in the literal, set later, or unknown",
        ),
        py(
            """
            import jwt

            def sealed(settings: str) -> str:
                return jwt.encode({"settings": settings}, KEY, algorithm="HS256")

            def token(name: str) -> str:
                return jwt.encode({"settings": "", "user": name}, KEY, algorithm="HS256")  # finding
            """,
            note="what is only kept signed is no token, what names a user is one",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each token that is issued or accepted without an expiry."""
        for function, call, name in analysis.calls("encode"):
            node = function.facts.values[call]
            claims = claims_of(node, name)
            known = name in ENCODERS and claims >= 0 and _displays(analysis, function, claims)
            known = known and not is_no_token(analysis.flow.resolver, function, claims)
            if known and not has_expiry(analysis, function, claims):
                yield self._draft((function, call), "A token is issued without an expiry.", "its claims hold no `exp`")
        for function, call, name in analysis.calls(VERIFIED):
            node = function.facts.values[call]
            expiry = argument_of(node, "expires_at", -1)
            missing = expiry < 0 and "**" not in node.names
            if compares_drawn(analysis.flow.resolver, function) or accepts_anything(function, call):
                continue
            # Without its text it names who holds another credential, and is no token.
            if analysis.flow.resolver.text(function, argument_of(node, "token", 0)) == "":
                continue
            if name.startswith(("fastmcp.", "mcp.")) and (missing or function.facts.values[expiry].op == "none"):
                # One secret that both sides hold is an API key: it lives until it is changed, by whoever set it.
                # What decodes it beside refuses the expired, whatever is told of it afterwards.
                beside = _compares_secret(analysis, function) or decodes_in(analysis, function.file.path)
                severity = Severity.MEDIUM if beside else Severity.HIGH
                yield self._draft(
                    (function, call),
                    "The verifier accepts tokens that never expire.",
                    "`expires_at` is not given",
                    severity,
                    # What is asked may know better than the server how long the token is good.
                    sure=not any(
                        asks_elsewhere(analysis.flow.resolver, function, index)
                        for index, parameter in enumerate(function.facts.parameters)
                        if "token" in parameter.name
                    ),
                )

    def _draft(
        self,
        found: tuple[Function, int],
        message: str,
        note: str,
        severity: Severity = Severity.HIGH,
        *,
        sure: bool = True,
    ) -> Draft:
        function, call = found
        node = function.facts.values[call]
        location = function.location(node.start, node.end)
        return Draft(
            key=place_key(function, call),
            path=function.file.path,
            location=location,
            message=message,
            why=(
                "Whoever finds it once can use it until the signing key changes, long after the session and the task "
                "that it was made for. Give it an `exp` minutes ahead and let the client renew it."
            ),
            severity=severity,
            confidence=(Confidence.HIGH if message.startswith("A token") else Confidence.MEDIUM).lowered(
                0 if sure else 1
            ),
            evidence=(Evidence(function.file.path, location.line, note),),
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Add an `exp` to a literal of claims in the same file."""
        text = texts.get(draft.path)
        for function, call, _ in analysis.calls("encode"):
            node = function.facts.values[call]
            if text is None or function.file.path != draft.path or (node.start, node.end) != (draft.start, draft.end):
                continue
            for scope, value in _literals(analysis, function, node.args[1]):
                if scope.file.path == draft.path:
                    edits = _with_expiry(text, scope, scope.facts.values[value])
                    return Proposal("Let the token expire after 15 minutes", Safety.SAFE, edits) if edits else None
        return None


def _compares_secret(analysis: Analysis, function: Function) -> bool:
    """Tell whether a verifier compares the token with one secret, or looks it up among a few."""
    values = function.facts.values
    names = (analysis.flow.resolver.external(function, values[event.value].args[0]) for event in function.calls())
    is_listed = any(
        node.op == "compare"
        and node.text in ("in", "not-in", "==", "!=")
        and any(values[side].op == "param" and "token" in values[side].text for side in node.args)
        and all(values[side].op not in ("str", "none", "bool") for side in node.args)
        for node in values
    )
    return is_listed or any(name in ("hmac.compare_digest", "secrets.compare_digest") for name in names)


def _displays(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether claims are certainly known: literals of the program and nothing else."""
    targets = analysis.flow.resolver.resolve(function, value)
    return bool(targets) and all(target.kind == "display" and target.name == "map" for target in targets)


def _literals(analysis: Analysis, function: Function, value: int) -> list[tuple[Function, int]]:
    return [
        (target.function, target.value)
        for target in analysis.flow.resolver.resolve(function, value)
        if target.kind == "display" and target.function is not None
    ]


def has_expiry(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether claims may hold `exp`: in the literal, set later, merged, or given by something unknown."""
    for scope, literal in _literals(analysis, function, value):
        node = scope.facts.values[literal]
        keys = [analysis.flow.resolver.text(scope, key) if key >= 0 else None for key in node.args[::2]]
        changed = _is_changed(analysis, scope, literal) or _is_changed(analysis, function, value)
        if not ("exp" in keys or None in keys or changed):
            return False
    return True


def _is_changed(analysis: Analysis, scope: Function, literal: int) -> bool:
    """Tell whether a literal gets an `exp`, or something unknown, after it was made."""
    for event in scope.facts.events:
        if event.kind == "store" and event.text == "[]":
            place = scope.facts.values[event.target]
            if place.args[0] == literal and analysis.flow.resolver.text(scope, place.args[1]) in ("exp", None):
                return True
        elif event.kind == "call":
            callee = scope.facts.values[scope.facts.values[event.value].args[0]]
            if callee.op == "attr" and callee.args[0] == literal and callee.text in ("update", "setdefault"):
                return True
    return False


def _with_expiry(text: bytes, scope: Function, node: Value) -> tuple[Edit, ...]:
    """Return the edits that add an entry at the end of a literal on one line, with the import that it needs."""
    source = text[node.start : node.end]
    literal = source.startswith(b"{") and source.endswith(b"}") and b"\n" not in source and b"#" not in source
    if not literal or not scope.file.is_free_for("time"):
        return ()
    inner = source[1:-1].rstrip()
    separator = "" if not inner.strip() or inner.endswith(b",") else ", "
    place = scope.location(node.start + 1 + len(inner), node.start + 1 + len(inner)).span.start
    entry = Edit(scope.file.path, place, place, f'{separator}"exp": int(time.time()) + {MINUTES}')
    imported = add_import(text, scope.file.path, "import time")
    return (entry, imported) if imported is not None else (entry,)
