"""The web application: started through the factory `create_app`, nothing happens at import."""

import contextlib
from collections.abc import AsyncIterator, Callable

import structlog
from fastapi import FastAPI

from app.health import create_health_router, explain
from app.isolation import hide
from app.logs import configure_logs
from app.metrics import create_metrics_router
from app.pages import create_router
from app.server import Server
from app.settings import Settings, load_settings
from app.webhooks import create_webhook_router
from app.workers import AnalysisPool

log = structlog.get_logger(__name__)


def ignore(_step: str) -> None:
    """Take no notice of the steps of reviews."""


def create_app() -> FastAPI:
    """Build the application from the environment. Raise InvalidSettings."""
    configure_logs()
    return build_app(load_settings())


def build_app(settings: Settings, reached: Callable[[str], None] = ignore, pool: AnalysisPool | None = None) -> FastAPI:
    """Build the application; `reached` is called at each named step of a review, before what it names is stored."""
    server = Server(settings, reached, pool or AnalysisPool(settings.skillaudit_processes))

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        explain(server.health.requirements(), log.warning)
        async with server.running():
            yield

    app = FastAPI(title="SkillAudit", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(create_webhook_router(server.webhook))
    app.include_router(create_health_router(server.health))
    app.include_router(create_metrics_router(server.metrics))
    pages = create_router(server.health.requirements, github_url=settings.github_url, api_url=settings.github_api_url)
    app.include_router(pages)
    return app


def serve(host: str = "127.0.0.1", port: int | None = None) -> None:
    """Serve until told to stop. Raise InvalidSettings."""
    import uvicorn

    settings = load_settings()
    configure_logs()
    # The analysis processes run as the same user: they must not find the credentials in ours.
    hide()
    uvicorn.run(
        build_app(settings),
        host=host,
        port=settings.port if port is None else port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
