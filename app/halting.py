"""Noticing between two steps that a review is to end before its result."""

from app.leases import Lease
from app.tables import Review


class Halted(Exception):
    """The review is to end before its result."""


async def go_on(lease: Lease) -> Review:
    """Return the row as it is before another step. Raise Halted or LeaseLost."""
    review = await lease.confirm()
    if review.halt:
        raise Halted
    return review
