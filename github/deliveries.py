"""The App's webhook as GitHub sees it: its configuration, the log of its deliveries, and sending one again.

https://docs.github.com/rest/apps/webhooks
"""

import datetime
import re
from urllib.parse import unquote

import msgspec

from github.answers import Call, decode
from github.installations import App
from github.repositories import PER_PAGE

# Deliveries can be sent again for three days:
# https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
REDELIVERABLE_SECONDS = 3 * 24 * 3600.0
# What the App was asked for is taken from the link, never its address: the call goes where all others go.
NEXT_CURSOR = re.compile(r'<[^<>]*[?&]cursor=([^&<>]+)[^<>]*>;\s*rel="next"')


class HookDelivery(msgspec.Struct, frozen=True):
    """One attempt to deliver an event; attempts of one event share the GUID. Status code 0 is no answer at all."""

    id: int
    guid: str
    delivered_at: datetime.datetime
    event: str
    status: str = ""
    status_code: int = 0
    redelivery: bool = False
    action: str | None = None

    @property
    def failed(self) -> bool:
        """Whether GitHub counts it as failed."""
        return not 200 <= self.status_code < 300


class HookLog(msgspec.Struct, frozen=True):
    """Deliveries, newest first; `complete` tells whether these are all that were asked for."""

    deliveries: tuple[HookDelivery, ...]
    complete: bool


class HookConfig(msgspec.Struct, frozen=True):
    """How the App's webhook is set up; GitHub tells whether there is a secret, never which."""

    url: str
    content_type: str
    has_secret: bool
    verifies_certificate: bool


class StoredConfig(msgspec.Struct, frozen=True):
    """GitHub's answer; `insecure_ssl` is "0" or 0 where certificates are verified."""

    url: str | None = None
    content_type: str | None = None
    secret: str | None = None
    insecure_ssl: str | float | None = None

    def __repr__(self) -> str:
        return f"StoredConfig(url={self.url!r})"


DELIVERIES = msgspec.json.Decoder(tuple[HookDelivery, ...])
CONFIG = msgspec.json.Decoder(StoredConfig)


async def list_deliveries(app: App, since: float, max_pages: int, *, only_failed: bool = False) -> HookLog:
    """List the deliveries since a moment (seconds since the epoch), at most 100 a page; raise CallFailed."""
    params: dict[str, str | int] = {"per_page": PER_PAGE} | ({"status": "failure"} if only_failed else {})
    found: list[HookDelivery] = []
    for _ in range(max_pages):
        call = Call("GET", "/app/hook/deliveries", params=params, repeatable=True)
        response = await app.send(call)
        page = decode(call, response, DELIVERIES)
        recent = [delivery for delivery in page if delivery.delivered_at.timestamp() >= since]
        # An enterprise server that does not know the filter lists them all.
        found.extend(delivery for delivery in recent if delivery.failed or not only_failed)
        cursor = NEXT_CURSOR.search(response.headers.get("link", ""))
        if cursor is None or len(recent) < len(page):
            return HookLog(tuple(found), complete=True)
        params = params | {"cursor": unquote(cursor[1])}
    return HookLog(tuple(found), complete=False)


async def redeliver(app: App, delivery_id: int) -> None:
    """Ask GitHub to send a delivery once more, under its old GUID; raise CallFailed, NotFound when it is too old."""
    await app.send(Call("POST", "/app/hook/deliveries/{delivery_id}/attempts", {"delivery_id": delivery_id}))


async def read_hook_config(app: App) -> HookConfig:
    """Read the webhook's configuration; raise CallFailed, NotFound when the App has no webhook."""
    call = Call("GET", "/app/hook/config", repeatable=True)
    stored = decode(call, await app.send(call), CONFIG)
    return HookConfig(
        url=stored.url or "",
        content_type=stored.content_type or "form",
        has_secret=bool(stored.secret),
        verifies_certificate=str(stored.insecure_ssl or 0) in ("0", "0.0"),
    )
