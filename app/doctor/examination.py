"""All checks, one after the other; what GitHub does not answer is told, and the rest goes on."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from typing import Final

import httpx

from app.doctor.alerts import examine_alerts
from app.doctor.branch import CHECK as BRANCH
from app.doctor.branch import examine_branch
from app.doctor.configuration import CHECK as SETTINGS
from app.doctor.configuration import examine_settings, is_complete
from app.doctor.database import examine_database
from app.doctor.grants import (
    EVENTS,
    INSTALLATIONS,
    PERMISSIONS,
    examine_events,
    examine_installations,
    examine_permissions,
    needed_permissions,
)
from app.doctor.hook import WEBHOOK, examine_webhook
from app.doctor.identity import CLOCK, IDENTITY, examine_clock, examine_identity
from app.doctor.outcome import Outcome, failed, skipped, unknown
from app.doctor.processes import examine_processes
from app.settings import InvalidSettings, Settings, load_settings
from app.workers import AnalysisPool
from github.client import Client
from github.dates import DateRecorder
from github.errors import CallFailed
from github.installations import App, AppDetails

ASKED: Final = (PERMISSIONS, EVENTS, INSTALLATIONS, WEBHOOK)
AGAIN: Final = "Try again later; if it stays, see whether GitHub has an incident."


def examine(repository: str = "") -> tuple[Outcome, ...]:
    """Look at everything that the environment describes, and at the branch rule of a repository if one is given."""
    try:
        settings = load_settings()
    except InvalidSettings as error:
        return (failed(SETTINGS, str(error), "Correct it in the environment, or leave it out."),)
    return (*examine_machine(settings), *asyncio.run(examine_github(settings, repository)))


def examine_machine(settings: Settings) -> Iterator[Outcome]:
    """Look at what needs no GitHub: settings, database, what that knows of uploads, analysis processes."""
    yield from examine_settings(settings)
    yield examine_database(settings)
    yield from examine_alerts(settings)
    with AnalysisPool(1) as pool:
        yield from examine_processes(pool)


async def examine_github(settings: Settings, repository: str = "") -> tuple[Outcome, ...]:
    """Look at the App at GitHub, and at the branch rule of a repository `owner/name` if one is given."""
    asked = (*ASKED, BRANCH) if repository else ASKED
    if not is_complete(settings):
        return tuple(skipped(check, "it takes the App's id and key") for check in (IDENTITY, CLOCK, *asked))
    recorder = DateRecorder(httpx.AsyncHTTPTransport())
    async with Client(settings.github_api_url, transport=recorder) as client:
        app = App(client, settings.github_app_id, settings.private_key())
        identity, details = await examine_identity(app, settings)
        found = [identity, examine_clock(recorder.ahead)]
        if details is None:
            return (*found, *(skipped(check, "GitHub does not take us for the App") for check in asked))
        found.extend(await _examine_app(app, details, settings))
        if repository:
            found.extend(await _told(BRANCH, _one(examine_branch(app, details.id, repository))))
    return tuple(found)


async def _examine_app(app: App, details: AppDetails, settings: Settings) -> Iterable[Outcome]:
    needed = needed_permissions(settings)

    async def installations() -> Iterable[Outcome]:
        return list(examine_installations(await app.installations(), needed))

    return (
        *examine_permissions(details, needed),
        examine_events(details),
        *await _told(INSTALLATIONS, installations()),
        *await _told(WEBHOOK, examine_webhook(app, settings)),
    )


async def _told(check: str, work: Awaitable[Iterable[Outcome]]) -> Iterable[Outcome]:
    try:
        return await work
    except CallFailed as error:
        return [unknown(check, f"GitHub does not answer: {error.message}", AGAIN)]


async def _one(work: Awaitable[Outcome]) -> Iterable[Outcome]:
    return [await work]
