"""The start page: what this server is, and which settings it still needs."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.pages.html import page
from app.settings import Requirement


def create_start_router(requirements: Callable[[], Sequence[Requirement]], rules: int) -> APIRouter:
    """Serve `/`; the requirements are asked for at every request, so that the page never lags behind."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def start() -> HTMLResponse:
        missing = [requirement for requirement in requirements() if requirement.problem]
        return page("start.html", {"missing": missing, "rules": rules})

    return router
