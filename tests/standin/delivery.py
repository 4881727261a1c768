"""Webhook deliveries as GitHub's log keeps them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Delivery:
    """One attempt to deliver an event; attempts of one event share the GUID."""

    id: int
    guid: str
    event: str
    action: str | None
    app_id: int
    installation_id: int | None
    repository_id: int | None
    body: bytes
    delivered_at: datetime
    status_code: int
    status: str
    duration: float
    redelivery: bool
    response: str = ""
