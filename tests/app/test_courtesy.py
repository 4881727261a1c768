"""Who steps aside for whom among the reviews under way in one process."""

import asyncio

import pytest

from app import courtesy
from app.courtesy import Courtesy
from app.tables import Review


def review(name: str, installation_id: int, priority: int = 1) -> Review:
    return Review(
        id=name, installation_id=installation_id, repo_id=1, full_name="o/r", subject="pr:1", head_sha="h",
        base_sha="b", base_ref="main", engine_version="e", priority=priority, created_at=0.0, deadline=0.0,
    )  # fmt: skip


FIRST, SECOND, THIRD = (review(name, 1) for name in ("first", "second", "third"))
OTHER, ANOTHER = review("other", 2), review("another", 2)
QUEUED_TO_MERGE = review("merge group", 1, priority=0)


def begun(*reviews: Review) -> Courtesy:
    known = Courtesy()
    for one in reviews:
        known.begin(one)
    return known


def waiting(*under_way: Review) -> list[str]:
    """Return which of some reviews under way step aside."""

    async def main() -> list[str]:
        known = begun(*under_way)
        steps = {one.id: asyncio.create_task(known.step_aside(one)) for one in under_way}
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        found = [name for name, step in steps.items() if not step.done()]
        for one in under_way:
            known.end(one)
        await asyncio.gather(*steps.values())
        return found

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("under_way", "aside"),
    [
        ((FIRST, SECOND, THIRD), []),
        ((FIRST, OTHER), []),
        ((FIRST, SECOND, THIRD, OTHER), ["second", "third"]),
        ((FIRST, SECOND, OTHER, ANOTHER), []),
        ((FIRST, SECOND, THIRD, OTHER, ANOTHER), ["second", "third"]),
        ((FIRST, QUEUED_TO_MERGE, OTHER), []),
    ],
)
def test_those_of_an_installation_with_more_step_aside_but_one(under_way: tuple[Review, ...], aside: list[str]) -> None:
    assert waiting(*under_way) == aside


def test_nobody_steps_aside_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "LONGEST_SECONDS", 0.01)

    async def main() -> None:
        await begun(FIRST, SECOND, OTHER).step_aside(SECOND)

    asyncio.run(asyncio.wait_for(main(), timeout=10))


def test_what_has_ended_is_no_longer_under_way() -> None:
    known = begun(FIRST, OTHER)
    assert known.installations == {1, 2}
    known.end(OTHER)
    known.end(OTHER)

    assert known.installations == {1}
