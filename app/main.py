"""The web application and the worker: started through functions, nothing happens at import."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Callable

import structlog
from fastapi import FastAPI

from app.health import create_health_router, explain
from app.isolation import hide
from app.logs import configure_logs
from app.metrics import create_metrics_router
from app.pages import create_router
from app.server import Server
from app.settings import InvalidSettings, Settings, load_settings
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

    from app.web_server import configured

    settings = load_settings()
    configure_logs()
    # The analysis processes run as the same user: they must not find the credentials in ours.
    hide()
    port = settings.port if port is None else port
    server = uvicorn.Server(configured(build_app(settings), host, port))
    freeze()
    server.run()


def freeze() -> None:
    """Leave all that was loaded out of later garbage collections: a full one would hold up deliveries for 0.15 s."""
    gc.collect()
    gc.freeze()


def work() -> None:
    """Review, answering nobody, until told to stop. Raise InvalidSettings."""
    settings = load_worker_settings()
    configure_logs()
    hide()
    asyncio.run(run_worker(settings))


async def run_worker(settings: Settings, reached: Callable[[str], None] = ignore) -> None:
    """Review until this process gets SIGTERM or SIGINT."""
    server = Server(settings, reached, AnalysisPool(settings.skillaudit_processes))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server.running(), _told(server):
        log.info("worker started")
        await stop.wait()


@contextlib.asynccontextmanager
async def _told(server: Server) -> AsyncIterator[None]:
    """Serve a worker's health and metrics for as long as it works, where a port is given."""
    port = server.settings.skillaudit_worker_port
    if not port:
        yield
        return
    from app.web_server import beside

    app = FastAPI(title="SkillAudit worker", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(create_health_router(server.health))
    app.include_router(create_metrics_router(server.metrics))
    # In a container of its own nobody else listens, and who watches comes from outside of it.
    async with beside(app, "0.0.0.0", port):  # noqa: S104
        yield


def load_worker_settings() -> Settings:
    """Read the environment of a worker, which is of no use without all of it. Raise InvalidSettings."""
    settings = load_settings()
    problems = [f"{item.name}: {item.problem}" for item in settings.requirements() if item.problem]
    if not settings.has_workers:
        problems.append("DATABASE_URL: a worker needs Postgres; with SQLite, `skillaudit serve` reviews by itself")
    if settings.skillaudit_reviews == 0:
        problems.append("SKILLAUDIT_REVIEWS: a worker that takes no reviews does nothing")
    if problems:
        raise InvalidSettings("; ".join(problems))
    return settings
