"""Webhook deliveries in GitHub's JSON."""

import json

from tests.standin.delivery import Delivery
from tests.standin.payloads import Json, timestamp


def item(delivery: Delivery) -> Json:
    """Return a delivery as the list shows it."""
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": timestamp(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


def full(delivery: Delivery) -> Json:
    """Return a delivery with its request and response."""
    request = {"headers": {"X-GitHub-Event": delivery.event}, "payload": json.loads(delivery.body)}
    return item(delivery) | {
        "url": "",
        "request": request,
        "response": {"headers": {}, "payload": delivery.response},
    }
