"""Webhook deliveries: signed, sent, logged, sent again."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from tests.standin.accounts import App, Installation
from tests.standin.delivery import Delivery
from tests.standin.state import State

TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Webhook:
    """A delivery ready to be sent, as often and in whatever order a test likes."""

    guid: str
    event: str
    action: str | None
    app: App
    installation: Installation | None
    repository_id: int | None
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that GitHub sends with it."""
        secret = self.app.webhook_secret.encode()
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/0000000",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(self.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": "sha1=" + hmac.new(secret, self.body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret, self.body, hashlib.sha256).hexdigest(),
        }

    @property
    def payload(self) -> Any:
        """Return the payload as a JSON value."""
        return json.loads(self.body)

    def changed(self, payload: Any) -> "Webhook":
        """Return the same delivery with another payload, signed anew."""
        return replace(self, body=json.dumps(payload).encode())


def new(event: str, app: App, payload: dict[str, Any], installation: Installation | None) -> Webhook:
    """Make a delivery with a fresh GUID."""
    return Webhook(
        guid=str(uuid.uuid4()),
        event=event,
        action=payload.get("action"),
        app=app,
        installation=installation,
        repository_id=payload.get("repository", {}).get("id"),
        body=json.dumps(payload).encode(),
    )


@dataclass
class Hooks:
    """Sends deliveries to the App's webhook address and keeps GitHub's log of them."""

    state: State

    def __post_init__(self) -> None:
        # Loopback without TLS: reading the certificate authorities would cost more than the delivery.
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, verify=False)

    def close(self) -> None:
        """Close the connections to the App."""
        self._client.close()

    def send(self, webhook: Webhook, redelivery: bool = False) -> Delivery:
        """Post a delivery and log how it went; nothing is retried, as on GitHub."""
        if webhook.app.webhook_url is None:
            raise ValueError("the App has no webhook address: set app.webhook_url")
        started = self.state.now()
        try:
            response = self._client.post(webhook.app.webhook_url, content=webhook.body, headers=webhook.headers)
        except httpx.HTTPError as failed:
            return self.record(webhook, 0, type(failed).__name__, redelivery)
        delivery = self.record(webhook, response.status_code, response.text, redelivery)
        delivery.duration = (self.state.now() - started).total_seconds()
        return delivery

    def record(self, webhook: Webhook, status: int, response: str = "", redelivery: bool = False) -> Delivery:
        """Log a delivery that a test has sent by itself; status 0 is no answer."""
        with self.state.lock:
            delivery = Delivery(
                id=next(self.state.ids),
                guid=webhook.guid,
                event=webhook.event,
                action=webhook.action,
                app_id=webhook.app.id,
                installation_id=webhook.installation.id if webhook.installation else None,
                repository_id=webhook.repository_id,
                body=webhook.body,
                delivered_at=self.state.now(),
                status_code=status,
                status="OK" if 200 <= status < 300 else "failed to connect" if not status else "Invalid HTTP Response",
                duration=0.0,
                redelivery=redelivery,
                response=response,
            )
            self.state.deliveries[delivery.id] = delivery
        return delivery

    def send_all(self, webhooks: Sequence[Webhook]) -> list[Delivery]:
        """Send deliveries one after the other, in the order given."""
        return [self.send(webhook) for webhook in webhooks]

    def send_again(self) -> None:
        """Send the redeliveries that were asked for through the API, with their first GUID."""
        with self.state.lock:
            asked, self.state.redeliveries[:] = list(self.state.redeliveries), []
        for delivery in asked:
            self.send(self._webhook(delivery), redelivery=True)
        with self.state.changed:
            self.state.redeliveries_under_way -= len(asked)
            self.state.changed.notify_all()

    def _webhook(self, delivery: Delivery) -> Webhook:
        return Webhook(
            guid=delivery.guid,
            event=delivery.event,
            action=delivery.action,
            app=self.state.apps[delivery.app_id],
            installation=self.state.installations.get(delivery.installation_id or 0),
            repository_id=delivery.repository_id,
            body=delivery.body,
        )
