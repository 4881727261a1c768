"""A review is judged where its base was judged before, if that process is free."""

import threading

from analyzers.source import Entry
from app.idle_workers import IdleWorkers
from app.worker_protocol import TreeFacts
from app.workers import Supply
from tests.app.test_workers import Policy, pool_of

PID = Policy("pid")


def tree(*keys: str) -> TreeFacts:
    return TreeFacts(tuple(Entry(key, key) for key in keys), {key: key for key in keys})


def test_each_base_keeps_its_process() -> None:
    facts = dict.fromkeys(("head", "a1", "a2", "b1", "b2", "b3", "c1"), b"\x81\xa4text\xa1x")
    with pool_of(2) as pool:

        def judged_by(*base: str) -> str:
            return pool.analyze((tree("head"), tree(*base)), None, PID, Supply(facts)).engine_version

        first, second = judged_by("a1", "a2"), judged_by("b1", "b2")
        assert first != second
        assert [judged_by("a1", "a2"), judged_by("b1", "b2"), judged_by("a1", "a2")] == [first, second, first]
        # Pushes to a branch leave most of its files as they are.
        assert judged_by("b1", "b3") == second
        # Another base takes the place of the one that was not asked for the longest time.
        assert judged_by("c1") == first


def test_what_is_compared_with_nothing_forgets_no_base() -> None:
    facts = dict.fromkeys(("head", "a1", "b1"), b"\x81\xa4text\xa1x")
    with pool_of(2) as pool:
        based = [
            pool.analyze((tree("head"), tree(key)), None, PID, Supply(facts)).engine_version for key in ("a1", "b1")
        ]
        alone = pool.analyze((tree("head"), None), None, PID, Supply(facts)).engine_version
        again = [
            pool.analyze((tree("head"), tree(key)), None, PID, Supply(facts)).engine_version for key in ("a1", "b1")
        ]

    assert alone in based
    assert again == based


class FakeWorker:
    lost = False

    def __init__(self, *base: str) -> None:
        self.base = frozenset(base)


def test_nobody_waits_for_a_process_that_is_busy() -> None:
    idle = IdleWorkers(2)
    known, other = FakeWorker("a"), FakeWorker("b")
    assert [idle.take(), idle.take()] == [None, None]
    for made in (known, other):
        idle.give_back(made)

    assert idle.take(frozenset("a")) is known
    assert idle.take(frozenset("a")) is other


def test_who_finds_none_waits_for_the_next() -> None:
    idle = IdleWorkers(1)
    assert idle.take() is None
    taken: list[object] = []
    thread = threading.Thread(target=lambda: taken.append(idle.take(frozenset("a"))))
    thread.start()
    back = FakeWorker("b")
    idle.give_back(back)
    thread.join()

    assert taken == [back]
