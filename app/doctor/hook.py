"""The webhook: how it is set up at GitHub, how its last deliveries went, and whether it answers."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx

from app.doctor.configuration import travels_openly
from app.doctor.outcome import Outcome, failed, ok, warning
from app.settings import Settings
from github.deliveries import REDELIVERABLE_SECONDS, HookConfig, HookDelivery, list_deliveries, read_hook_config
from github.errors import NotFound
from github.installations import App

WEBHOOK: Final = "webhook"
DELIVERIES: Final = "deliveries"
REACHABILITY: Final = "reachability"
WHERE: Final = "the App's settings page, General, Webhook"
REACH_SECONDS: Final = 10.0
_UNREADABLE: Final = "See the log of this server; the content type at GitHub must be application/json."
_NOT_HERE: Final = f"Set the address on {WHERE} to that of this server, ending in /webhook."
_NO_SERVER: Final = "See whether `skillaudit serve` runs, and whether the proxy before it knows its port."
_SLOW: Final = "GitHub waits ten seconds for an answer: see what keeps this server or the proxy before it."
MEANINGS: Final = {
    400: ("this server could not read the delivery", _UNREADABLE),
    401: (
        "the signature was refused: the secret at GitHub is not GITHUB_WEBHOOK_SECRET",
        f"Enter the same secret on {WHERE}, and as GITHUB_WEBHOOK_SECRET, and restart the server.",
    ),
    404: ("nothing answers at that address", _NOT_HERE),
    405: ("that address takes no deliveries", _NOT_HERE),
    408: ("the delivery took too long", _SLOW),
    413: ("the delivery was too large", "See the limit on bodies of the proxy before this server: GitHub sends 25 MB."),
    502: ("a proxy answered, this server did not", _NO_SERVER),
    503: ("the database could not be written", "See /readyz and the log of this server."),
    504: ("a proxy answered, this server did not", _SLOW),
}


async def examine_webhook(app: App, settings: Settings) -> Sequence[Outcome]:
    """Look at the webhook from both sides. Raise CallFailed."""
    try:
        config = await read_hook_config(app)
    except NotFound:
        config = HookConfig("", "", has_secret=False, verifies_certificate=True)
    if not config.url:
        return [
            failed(WEBHOOK, "the App has no webhook: it hears of nothing", f"Set it up on {WHERE}, and tick Active.")
        ]
    log = await list_deliveries(app, time.time() - REDELIVERABLE_SECONDS, max_pages=1)
    deliveries = examine_deliveries(log.deliveries)
    arriving = bool(log.deliveries) and not log.deliveries[0].failed
    return [*examine_config(config, settings), deliveries, await _reach(config.url, arriving)]


def examine_config(config: HookConfig, settings: Settings) -> Iterator[Outcome]:
    """Judge how the webhook is set up."""
    problems = list(_problems(config, settings))
    if not problems:
        yield ok(WEBHOOK, f"set up for {shown(config.url)}, signed, as JSON")
    for message, advice in problems:
        yield failed(WEBHOOK, message, advice)


def examine_deliveries(deliveries: Sequence[HookDelivery]) -> Outcome:
    """Judge the last deliveries, newest first."""
    if not deliveries:
        advice = f"If there were events, see whether Active is ticked on {WHERE}."
        return warning(DELIVERIES, "GitHub has delivered nothing in the last three days", advice)
    newest = deliveries[0]
    if newest.failed:
        meaning, advice = _meaning(newest)
        return failed(DELIVERIES, f"the last one ({newest.event}) failed with {_code(newest)}: {meaning}", advice)
    arrived = {delivery.guid for delivery in deliveries if not delivery.failed}
    lost = [delivery for delivery in deliveries if delivery.guid not in arrived]
    if not lost:
        return ok(DELIVERIES, f"all of the last {len(arrived)} arrived")
    codes = ", ".join(f"{count} with {code}" for code, count in sorted(Counter(map(_code, lost)).items()))
    return warning(
        DELIVERIES,
        f"the last one arrived, but {len({delivery.guid for delivery in lost})} before it did not ({codes})",
        "A running server asks for them again, and looks for open pull requests without a check.",
    )


def shown(address: str) -> str:
    """Return an address without user, password and query."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _problems(config: HookConfig, settings: Settings) -> Iterator[tuple[str, str]]:
    expected = f"{settings.skillaudit_public_url}/webhook"
    if settings.skillaudit_public_url and config.url != expected:
        yield f"GitHub delivers to {shown(config.url)}, this server is at {shown(expected)}", _NOT_HERE
    elif urlsplit(config.url).path.rstrip("/").rpartition("/")[2] != "webhook":
        yield f"GitHub delivers to {shown(config.url)}, which does not end in /webhook", _NOT_HERE
    if travels_openly(config.url):
        yield "GitHub delivers without encryption", f"Use the https address on {WHERE}."
    if config.content_type != "json":
        yield f"the content type is {config.content_type}", f"Choose application/json on {WHERE}."
    if not config.has_secret:
        yield "deliveries are not signed, and therefore refused", f"Enter GITHUB_WEBHOOK_SECRET as secret on {WHERE}."
    if not config.verifies_certificate:
        yield "GitHub does not verify this server's certificate", f"Enable SSL verification on {WHERE}."


def _meaning(delivery: HookDelivery) -> tuple[str, str]:
    code = delivery.status_code
    if code == 0:
        return (
            f"GitHub got no answer ({delivery.status})",
            "See whether the address can be reached from the internet, with a valid certificate.",
        )
    if 300 <= code < 400:
        return "the address redirects, which GitHub does not follow", _NOT_HERE
    return MEANINGS.get(code, ("an unexpected answer", "See the log of this server and of the proxy before it."))


def _code(delivery: HookDelivery) -> str:
    return str(delivery.status_code) if delivery.status_code else "no answer"


async def _reach(address: str, arriving: bool) -> Outcome:
    try:
        async with httpx.AsyncClient(timeout=REACH_SECONDS) as client, client.stream("GET", address) as answer:
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        message = f"{shown(address)} cannot be reached from here ({type(error).__name__})"
        if arriving:
            return warning(REACHABILITY, f"{message}, though GitHub reaches it", "Nothing to do, if that is meant.")
        return failed(REACHABILITY, message, _NO_SERVER)
    # The webhook takes nothing but POST.
    if status == httpx.codes.METHOD_NOT_ALLOWED:
        return ok(REACHABILITY, f"{shown(address)} answers")
    meaning, advice = MEANINGS.get(status, ("which this server would not do", _NOT_HERE))
    return failed(REACHABILITY, f"{shown(address)} answers {status}: {meaning}", advice)
