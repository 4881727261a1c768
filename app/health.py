"""Whether the process is up, and whether it can do its work; what is wrong is named exactly."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from app.backlog import backlog
from app.identity import Identity
from app.settings import Requirement, Settings
from app.store import Store
from app.verdict import count
from app.workers import AnalysisPool

# Longer than a review with all its attempts takes.
WAITING_SECONDS = 600.0


class Health:
    """Gathers what the server needs and what is wrong with it."""

    def __init__(self, settings: Settings, store: Store, pool: AnalysisPool, identity: Identity | None) -> None:
        self._settings = settings
        self._store = store
        self._pool = pool
        self._identity = identity

    def requirements(self) -> tuple[Requirement, ...]:
        """Return the settings that the App needs, with what GitHub itself says about them."""
        requirements = self._settings.requirements()
        refused = self._identity.problem if self._identity is not None else ""
        return tuple(
            item._replace(problem=refused) if refused and "APP" in item.name and not item.problem else item
            for item in requirements
        )

    def database_problem(self) -> str:
        """Return why the database cannot be written, "" when it can."""
        try:
            self._store.check()
        except SQLAlchemyError as error:
            return f"cannot be written ({type(error.__cause__ or error).__name__})"
        return ""

    def notes(self) -> list[str]:
        """Return what does not keep the server from working but should be known."""
        notes = [waiting for waiting in (self._waiting(),) if waiting]
        notes += [f"analysis processes cannot have here: {name}" for name in self._pool.missing_protections or ()]
        if self._identity is not None and self._identity.note:
            notes.append(self._identity.note)
        return notes

    def _waiting(self) -> str:
        try:
            with self._store.transaction(alone=False) as session:
                waiting = backlog(session)
        except SQLAlchemyError:
            # Told as a problem of the database.
            return ""
        seconds = 0.0 if waiting.oldest_review is None else self._store.clock() - waiting.oldest_review
        if seconds < WAITING_SECONDS:
            return ""
        cause = "" if self._settings.skillaudit_reviews else ": this process takes none, so a worker must"
        return (
            f"{count(waiting.reviews, 'review')} open, the oldest has waited for {round(seconds / 60)} minutes{cause}"
        )

    def problems(self) -> list[dict[str, str]]:
        """Return everything that keeps the server from working, with where to get what is missing."""
        database = self.database_problem()
        found = [Requirement("DATABASE_URL", "the database", "a file or server that can be written", database)]
        found.extend(self.requirements())
        return [{"name": item.name, "problem": item.problem, "obtain": item.obtain} for item in found if item.problem]


def create_health_router(health: Health) -> APIRouter:
    """Serve `/healthz` and `/readyz`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        problems = health.problems()
        return JSONResponse(
            {"ready": not problems, "problems": problems, "notes": health.notes()}, 503 if problems else 200
        )

    return router


def explain(problems: Sequence[Requirement], say: Callable[[str], None]) -> None:
    """Say once, at the start, what is missing or wrong."""
    for item in problems:
        if item.problem:
            say(f"{item.name} ({item.purpose}): {item.problem}. {item.obtain}.")
