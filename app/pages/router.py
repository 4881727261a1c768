"""All pages under one router."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from analyzers.patterns import PATTERNS, Pattern
from analyzers.policy import policy_schema
from analyzers.rule import Rule
from analyzers.rules import RULES
from app.pages.html import STATIC
from app.pages.rules import create_rules_router
from app.pages.setup import create_setup_router
from app.pages.start import create_start_router
from app.settings import Requirement

_DAY_SECONDS: Final = 86_400


def create_router(
    requirements: Callable[[], Sequence[Requirement]],
    *,
    github_url: str,
    api_url: str,
    rules: Sequence[Rule] = RULES,
    patterns: Mapping[str, Pattern] = PATTERNS,
) -> APIRouter:
    """Serve `/`, `/setup`, `/rules`, `/rules/{id}`, the policy's JSON schema and two static files."""
    router = APIRouter(include_in_schema=False)
    router.include_router(create_start_router(requirements, len(rules)))
    router.include_router(create_setup_router(github_url, api_url))
    router.include_router(create_rules_router(rules, patterns))

    @router.get("/policy.schema.json")
    def schema() -> JSONResponse:
        return JSONResponse(policy_schema([rule.id for rule in rules]), media_type="application/schema+json")

    @router.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in STATIC:
            return Response(status_code=404)
        content, media_type = STATIC[name]
        headers = {"Cache-Control": f"public, max-age={_DAY_SECONDS}", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=media_type, headers=headers)

    return router
