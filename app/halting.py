"""Noticing between two steps that a review is to end before its result."""

from app.leases import Lease
from app.tables import Review


class Halted(Exception):
    """The review is to end before its result."""


async def go_on(lease: Lease, step: str) -> Review:
    """Note that a step begins and return the row. Raise Halted or LeaseLost."""
    review = await lease.confirm(step)
    if review.halt:
        raise Halted
    return review
