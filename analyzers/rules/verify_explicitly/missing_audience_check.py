"""Token verifiers that accept a token minted for another service."""

from collections.abc import Iterator, Mapping

from analyzers.evidence.compared_by_callers import is_compared_by_callers
from analyzers.evidence.presented_tokens import is_received, is_run
from analyzers.evidence.signed_messages import is_of_message
from analyzers.finding import Confidence, Edit, Evidence, Safety, Severity
from analyzers.fixes.rewrite import replace_value, set_argument
from analyzers.flow.audience import CALLS, Unbound, open_settings, unbound, unbound_answers
from analyzers.flow.claims import is_about_proofs
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

RESOURCE = '"https://server.example/mcp"'
NAMES = ("AUDIENCE", "RESOURCE")
VERIFIER = """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            {constant}
            mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks"{more}))
            mcp.run(transport="{transport}")
"""
TOKENS = """
            import os
            import jwt
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken, TokenVerifier

            class Verifier(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    claims = jwt.decode({arguments})
                    {more}return AccessToken(token=token, client_id=claims["sub"], scopes=claims["scopes"])

            mcp = FastMCP("shop", auth=Verifier())
            mcp.run(transport="http")
"""
SETTINGS = """
            from mcp.server.auth.provider import AccessToken, TokenVerifier
            from mcp.server.auth.settings import AuthSettings
            from mcp.server.fastmcp import FastMCP
            import httpx

            class Introspection(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    async with httpx.AsyncClient() as client:
                        answer = (await client.post("https://id.example/introspect", data={{"token": token}})).json()
                    if not answer.get("active"{more}):
                        return None
                    return AccessToken(token=token, client_id=answer["sub"], scopes=answer["scope"].split())

            mcp = FastMCP(
                "shop",
                token_verifier=Introspection(),
                auth=AuthSettings({arguments}),{mark}
            )
            mcp.run(transport="streamable-http")
"""
INFORMATION = """
            from fastmcp import FastMCP
            from fastmcp.server.auth import AccessToken, TokenVerifier
            import httpx

            CLIENT_ID = "shop.apps.example"

            class Google(TokenVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    async with httpx.AsyncClient() as client:
                        url = "https://oauth2.googleapis.com/tokeninfo"
                        answer = (await client.get(url, params={{"access_token": token}})).json()
                    if "error" in answer{check}:
                        return None
                    return AccessToken(token=token, client_id=answer["email"], scopes=answer["scope"].split())

            mcp = FastMCP("shop", auth=Google())
            mcp.run(transport="http")
"""
RESOURCE_SERVER = 'issuer_url="https://id.example", resource_server_url="https://shop.example/mcp"'


class MissingAudienceCheck(Rule):
    """
    ## What it finds
    A verifier of bearer tokens on a network server that does not ask for whom a token was minted: the framework's
    `JWTVerifier` without `audience`, a JWT library with `verify_aud` turned off or without the claim among those it
    checks, a verifier that asks the issuer about a token (`tokeninfo`) without looking for whom it is, and
    `AuthSettings` that compare no resource beside a verifier of the program that does not either.

    Servers that only speak stdio, verifiers that compare the audience themselves, and PyJWT without an audience (it
    refuses tokens that name one) are not reported.

    ## Why it matters
    One issuer signs tokens for many services. Without the check a token stolen from, or freely given to, any of them
    opens this server too: whoever runs another service can replay its callers' tokens here.

    ## Fix
    Give the verifier this server's own identifier as the audience, and have the issuer put it into the tokens.
    """

    id = "missing-audience-check"
    summary = "a token minted for another service is accepted"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-345", "CWE-1270")
    owasp = ("MCP07",)
    spec = ("basic/authorization#token-handling", "basic/authorization/security-considerations#audience-binding")
    pattern = "verified-token"
    examples = (
        py(
            VERIFIER.format(constant="", more="", transport="http").replace('"))', '"))  # finding'),
            note="any audience passes",
        ),
        py(
            VERIFIER.format(
                constant='\n            RESOURCE_URL = "https://shop.example/mcp"', more="", transport="http"
            ).replace('"))', '"))  # finding'),
            fixed=VERIFIER.format(
                constant='\n            RESOURCE_URL = "https://shop.example/mcp"',
                more=", audience=RESOURCE_URL",
                transport="http",
            ),
            note="the identifier is at hand",
        ),
        py(
            TOKENS.format(
                arguments='token, os.environ["KEY"], algorithms=["RS256"], options={"verify_aud": False}', more=""
            ).replace("False})", "False})  # finding")
        ),
        py(
            SETTINGS.format(more="", arguments=RESOURCE_SERVER, mark="  # finding"),
            note="mcp: neither the settings nor the verifier ask",
        ),
        py(
            INFORMATION.format(check="").replace("})).json()", "})).json()  # finding"),
            note="Google names the application that the token was minted for",
        ),
        py(INFORMATION.format(check=' or answer["aud"] != CLIENT_ID'), note="compared with the server's own client"),
        py(VERIFIER.format(constant="", more=', audience="shop"', transport="http")),
        py(VERIFIER.format(constant="", more="", transport="stdio"), note="a local server has no callers to verify"),
        py(
            TOKENS.format(
                arguments='token, os.environ["KEY"], algorithms=["RS256"], options={"verify_aud": False}',
                more='if claims.get("aud") != "shop":\n                        return None\n                    ',
            ),
            note="compared by hand",
        ),
        py(
            TOKENS.format(arguments='token, os.environ["KEY"], algorithms=["RS256"]', more=""),
            note="PyJWT refuses a token for somebody",
        ),
        py(
            SETTINGS.format(
                more=') or answer.get("aud") != "https://shop.example/mcp"', arguments=RESOURCE_SERVER, mark=""
            ).replace('/mcp"):', '/mcp":'),
            note="the introspection's answer is compared",
        ),
        py(
            SETTINGS.format(more="", arguments=f"{RESOURCE_SERVER}, validate_token_resource=True", mark=""),
            note="the framework compares",
        ),
        py(
            """
            import httpx
            import jwt
            from fastmcp import FastMCP
            from keys import KEY

            mcp = FastMCP("shop")

            def subject(token: str) -> str:
                return jwt.decode(token, KEY, algorithms=["RS256"], options={"verify_aud": False})["sub"]

            @mcp.tool
            def connect(code: str) -> str:
                form = {"grant_type": "authorization_code", "code": code}
                answer = httpx.post("https://id.example/token", data=form).json()
                return subject(answer["access_token"])

            mcp.run(transport="http")
            """,
            note="a token that the server asked for itself is meant for another service",
        ),
        py(
            """
            import jwt
            from fastmcp import FastMCP
            from keys import KEY

            mcp = FastMCP("calls")

            def verify_webhook(token: str) -> bool:
                jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_aud": False})
                return True

            @mcp.tool
            def received(token: str) -> bool:
                return verify_webhook(token)

            mcp.run(transport="http")
            """,
            note="a service signs what it sends, for nobody in particular",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each verification that leaves the audience open."""
        for place in _places(analysis):
            yield from self._draft(analysis, place)

    def _draft(self, analysis: Analysis, place: Unbound) -> Iterator[Draft]:
        function, node = place.function, place.function.facts.values[place.value]
        states = [state for state in analysis.servers_beside(function) if state.transport != "stdio"]
        if not states or is_of_message(function, place.value):
            return
        steps = min(state.uncertainty for state in states)
        rows = [row.key for row in analysis.rows if row.state in states and row.entry.kind == "tool"]
        sure = (Confidence.MEDIUM if place.kind == "settings" else Confidence.HIGH).lowered(steps)
        yield Draft(
            key=f"{function.file.path}|{function.facts.qualname}|{place.kind} {place.keyword}",
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"A token minted for another service is accepted here: {place.note}.",
            why=(
                "The issuer signs tokens for many services. Whoever holds one of any of them, or runs one of them and "
                "sees its callers' tokens, calls this server's tools with it."
            ),
            severity=Severity.HIGH,
            # A function that nothing calls or names guards nobody yet.
            confidence=sure if place.kind == "settings" or is_run(analysis, function) else Confidence.LOW,
            evidence=(Evidence(function.file.path, function.line_of(place.value), place.note),),
            rows=tuple(rows),
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Name the audience: a constant of the module where one is called so, else one to decide."""
        text = texts.get(draft.path)
        place = next((found for found in _places(analysis) if _is_at(found, draft)), None)
        if place is None or text is None or place.keyword in ("claims_options", ""):
            return None
        function, value = place.function, place.value
        if place.kind == "settings":
            edit = set_argument(text, function, value, place.keyword, "True")
            title = "Compare the token's resource (the issuer must bind tokens to it)"
            return Proposal(title, Safety.REVIEW, (edit,)) if edit is not None else None
        known = _constant(function, function.facts.values[value].start) if place.kind == "argument" else ""
        keyword = "audience" if place.kind == "option" else place.keyword
        named = keyword in function.facts.values[value].names
        if place.kind == "option" and named:
            return Proposal("Compare the audience", Safety.SAFE, tuple(_turned_on(place)))
        edits = [set_argument(text, function, value, keyword, known or RESOURCE), *_turned_on(place)]
        found = tuple(edit for edit in edits if edit is not None)
        if edits[0] is None:
            return None
        if known and keyword == "audience":
            return Proposal("Accept tokens for this server alone", Safety.SAFE, found)
        return Proposal("Accept tokens for this server alone (decide its identifier)", Safety.REVIEW, found)


def _places(analysis: Analysis) -> Iterator[Unbound]:
    for function, value, name in analysis.calls(*CALLS):
        place = unbound(analysis.flow, function, value, name) if not is_about_proofs(function) else None
        token = next(iter(function.facts.values[value].args[1:]), -1)
        if place is not None and is_compared_by_callers(analysis.flow, place):
            continue
        if place is not None and not is_received(analysis.flow.resolver, function, token, ("access_token",)):
            yield place
    for state in analysis.servers:
        yield from open_settings(analysis.flow, state.server)
    for place in unbound_answers(analysis.flow.resolver):
        if place.function.file.path in analysis.product:
            yield place


def _is_at(place: Unbound, draft: Draft) -> bool:
    node = place.function.facts.values[place.value]
    return (place.function.file.path, node.start, node.end) == (draft.path, draft.start, draft.end)


def _constant(function: Function, before: int) -> str:
    """Return a name of the module, bound once above a place, that says it is an audience or a resource."""
    module = function.file.module
    for name, values in module.facts.names.items():
        node = module.facts.values[values[0]]
        named = name.isupper() and any(part in name for part in NAMES)
        if named and len(values) == 1 and node.op == "str" and node.end <= before:
            return name
    return ""


def _turned_on(place: Unbound) -> Iterator[Edit]:
    """Yield the edit that turns the option on that was off."""
    values = place.function.facts.values
    node = values[place.value]
    if place.kind == "option":
        display = values[node.args[node.names.index("options") + 1]]
        for key, setting in zip(display.args[::2], display.args[1::2], strict=True):
            if values[key].text == "verify_aud":
                yield replace_value(place.function, setting, "True")
