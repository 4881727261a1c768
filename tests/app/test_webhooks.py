"""The webhook's answers, and that nothing is acknowledged before it is stored."""

import asyncio
import gzip
import hashlib
import hmac
import json
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from app.events import Enqueue, Where, decode_action
from app.inbox import Inbox
from app.metrics import Metrics
from app.settings import Settings
from app.store import Store
from app.tables import Delivery, DeliveryState
from app.webhooks import MAX_BYTES, Webhook, create_webhook_router

SECRET = "it is a secret"
PAYLOAD = json.dumps(
    {
        "action": "opened",
        "number": 7,
        "pull_request": {
            "number": 7,
            "head": {"ref": "feature", "sha": "h" * 40},
            "base": {"ref": "main", "sha": "b" * 40},
        },
        "repository": {"id": 2, "full_name": "shop/server"},
        "installation": {"id": 1},
    }
).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Hook:
    """Sends deliveries to a webhook of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.arrivals = 0
        self.metrics = Metrics()
        settings = Settings(
            github_app_id="42", github_webhook_secret=SECRET, skillaudit_previous_webhook_secret="the one before"
        )
        app = FastAPI()
        app.include_router(create_webhook_router(Webhook(settings, Inbox(store, self._arrived), self.metrics)))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hook")

    def _arrived(self) -> None:
        self.arrivals += 1

    def send(self, body=PAYLOAD, guid: str = "guid-1", event: str = "pull_request", **headers: str | None) -> int:
        return asyncio.run(self.post(body, guid, event, **headers)).status_code

    async def post(self, body=PAYLOAD, guid: str = "guid-1", event: str = "pull_request", **headers: str | None):
        sent: dict[str, str | None] = {
            "x-github-event": event,
            "x-github-delivery": guid,
            "x-hub-signature-256": signature(body) if isinstance(body, bytes) else None,
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        present = {name: value for name, value in sent.items() if value is not None}
        return await self.client.post("/webhook", content=body, headers=present)

    def stored(self) -> list[Delivery]:
        with self.store.transaction() as session:
            return list(session.exec(select(Delivery).order_by(Delivery.guid)))


@pytest.fixture
def hook(store: Store) -> Hook:
    return Hook(store)


def test_a_delivery_is_stored_and_accepted(hook: Hook) -> None:
    assert hook.send() == 202

    (delivery,) = hook.stored()
    assert (delivery.guid, delivery.app_id, delivery.event, delivery.state) == (
        "guid-1",
        "42",
        "pull_request",
        "received",
    )
    assert decode_action(delivery.payload) == Enqueue(
        Where(1, 2, "shop/server"), "pr:7", "h" * 40, "b" * 40, "main", False
    )
    assert hook.arrivals == 1


def test_only_the_fields_that_are_used_are_stored(hook: Hook) -> None:
    body = json.dumps(json.loads(PAYLOAD) | {"sender": {"id": 1, "login": "mona"}, "note": "private"}).encode()
    hook.send(body)

    # Who pushed decides later who may accept what was pushed.
    assert b"mona" in hook.stored()[0].payload
    assert b"private" not in hook.stored()[0].payload


def test_the_same_delivery_is_stored_once(hook: Hook) -> None:
    assert [hook.send(), hook.send()] == [202, 200]
    assert len(hook.stored()) == 1
    assert hook.arrivals == 1


def test_a_hundred_copies_at_once_are_stored_once(hook: Hook) -> None:
    async def burst() -> list[int]:
        return [answer.status_code for answer in await asyncio.gather(*(hook.post() for _ in range(100)))]

    answers = asyncio.run(burst())

    assert sorted(answers) == [200] * 99 + [202]
    assert len(hook.stored()) == 1


def test_a_burst_shares_commits_and_loses_nothing(hook: Hook) -> None:
    async def burst() -> list[int]:
        answers = await asyncio.gather(*(hook.post(guid=f"guid-{n}") for n in range(100)))
        return [answer.status_code for answer in answers]

    answers = asyncio.run(burst())

    assert answers == [202] * 100
    assert len(hook.stored()) == 100
    assert hook.arrivals < 100


def test_a_failed_delivery_sent_again_is_tried_again(hook: Hook) -> None:
    hook.send()
    with hook.store.transaction() as session:
        session.exec(select(Delivery)).one().state = DeliveryState.FAILED

    assert hook.send() == 202
    assert hook.stored()[0].state == "received"


@pytest.mark.parametrize(
    "headers",
    [
        {"x_hub_signature_256": None},
        {"x_hub_signature_256": ""},
        {"x_hub_signature_256": "sha1=" + "0" * 40},
        {"x_hub_signature_256": signature(PAYLOAD, "another secret")},
        {"x_hub_signature_256": signature(PAYLOAD + b" ")},
        {"x_hub_signature_256": signature(PAYLOAD).upper()},
        {"x_hub_signature_256": signature(PAYLOAD).encode().decode("latin-1") + "é"},
        {"x_hub_signature_256": None, "x_hub_signature": "sha1=" + "0" * 40},
    ],
)
def test_a_forged_delivery_is_refused_and_not_stored(hook: Hook, headers: dict[str, str | None]) -> None:
    encoded = {name: None if value is None else value.encode("latin-1") for name, value in headers.items()}

    assert hook.send(**encoded) == 401
    assert hook.stored() == []


def test_two_signatures_are_none_though_one_be_right(hook: Hook) -> None:
    about = [("x-github-event", "pull_request"), ("x-github-delivery", "guid-1")]
    both = [("x-hub-signature-256", signature(PAYLOAD)), ("x-hub-signature-256", signature(PAYLOAD, "another"))]

    async def post() -> int:
        return (await hook.client.post("/webhook", content=PAYLOAD, headers=[*about, *both])).status_code

    assert asyncio.run(post()) == 401
    assert hook.stored() == []


def test_a_compressed_body_is_taken_as_it_comes_and_never_unpacked(hook: Hook) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    tracemalloc.start()
    answer = hook.send(bomb, content_encoding="gzip")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer == 400
    assert most < 10_000_000


def test_a_forged_delivery_is_refused_before_anything_of_it_is_read(hook: Hook) -> None:
    assert hook.send(b"\xff not json", x_hub_signature_256=signature(PAYLOAD)) == 401


def test_the_secret_before_is_still_good(hook: Hook) -> None:
    assert hook.send(x_hub_signature_256=signature(PAYLOAD, "the one before")) == 202


def test_without_a_secret_nothing_is_good(store: Store) -> None:
    app = FastAPI()
    inbox = Inbox(store, lambda: None)
    app.include_router(create_webhook_router(Webhook(Settings(github_webhook_secret=""), inbox, Metrics())))

    async def post() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hook") as client:
            headers = {"x-hub-signature-256": signature(PAYLOAD, ""), "x-github-event": "ping"}
            return (await client.post("/webhook", content=PAYLOAD, headers=headers)).status_code

    assert asyncio.run(post()) == 401


@pytest.mark.parametrize(
    ("body", "event", "answer"),
    [
        (b"{}", "ping", 200),
        (b"{}", "star", 200),
        (b"anything", "unheard_of", 200),
        (PAYLOAD.replace(b"opened", b"labeled"), "pull_request", 200),
        (PAYLOAD.replace(b"opened", b"brand_new_action"), "pull_request", 200),
        (b"no json", "pull_request", 400),
        (b"{}", "pull_request", 400),
        (b"[" * 100_000, "pull_request", 400),
        (b'{"action": NaN}', "pull_request", 400),
        (b"\xff\xfe", "pull_request", 400),
    ],
)
def test_what_is_signed_but_not_to_be_done_is_not_stored(hook: Hook, body: bytes, event: str, answer: int) -> None:
    assert hook.send(body, event=event) == answer
    assert hook.stored() == []


@pytest.mark.parametrize(
    "headers", [{"x_github_event": None}, {"x_github_delivery": None}, {"x_github_delivery": "g" * 101}]
)
def test_a_delivery_without_its_headers_is_malformed(hook: Hook, headers: dict[str, None]) -> None:
    assert hook.send(**headers) == 400


def test_too_much_is_refused_by_its_length(hook: Hook) -> None:
    assert hook.send(b"x", content_length=str(MAX_BYTES + 1)) == 413


def test_too_much_without_a_length_is_refused_as_soon_as_it_is_seen(hook: Hook) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * (1 << 20)

    assert hook.send(endless(), x_hub_signature_256=signature(b"")) == 413
    assert sent <= 27


def test_a_database_that_cannot_be_written_is_told_to_github(hook: Hook, tmp_path: Path) -> None:
    with hook.store.transaction() as session:
        session.connection().exec_driver_sql("DROP TABLE delivery")

    assert hook.send() == 503
    assert hook.arrivals == 0


def test_deliveries_are_counted_by_known_events_only(hook: Hook) -> None:
    hook.send()
    hook.send(event="made_up", x_hub_signature_256=signature(b""))

    def count(event: str, answer: str) -> float | None:
        labels = {"event": event, "answer": answer}
        return hook.metrics.registry.get_sample_value("skillaudit_deliveries_total", labels)

    assert count("pull_request", "202") == 1
    assert count("other", "401") == 1
