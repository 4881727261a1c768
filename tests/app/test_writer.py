"""Writes go out at GitHub's pace, the urgent ones first, and none while GitHub asks to pause."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.buckets import CONTENT, WRITES, Bucket
from app.store import Store
from app.tables import Pace
from app.writer import Timing, Urgency, Writer, urgency_of
from github.answers import Call
from github.errors import PrimaryRateLimited, RateLimited, SecondaryRateLimited

ONE, OTHER = 1, 2
CREATE = Call("POST", "/repos/{owner}/{repo}/check-runs")
CONCLUDE = Call("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}")
REVIEW = Call("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews")
REPLY = Call("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies")
REACT = Call("POST", "/repos/{owner}/{repo}/{kind}/comments/{comment_id}/reactions")
READ = Call("GET", "/repos/{owner}/{repo}", repeatable=True)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def writer(self, store: Store, **options: bool) -> Writer:
        store.clock = lambda: self.now
        return Writer(store, Timing(self.sleep, lambda: 0.5), **options)

    def sent(self, writer: Writer, call: Call, installation: int = ONE) -> float:
        """Return how long a call had to wait."""
        before = self.now
        asyncio.run(writer.turn(installation).admit(call))
        return self.now - before


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limit(clock: Clock, seconds: float = 60.0, *, named: bool = False) -> RateLimited:
    return SecondaryRateLimited("POST", "/x", "slow down", clock.now + seconds, named=named)


def test_a_normal_review_does_not_wait(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)

    waits = [clock.sent(writer, call) for _ in range(4) for call in (CREATE, REVIEW, REPLY, CONCLUDE)]

    assert waits == [0.0] * 16


def test_what_goes_on_is_sent_at_githubs_pace(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    began = clock.now

    moments = []
    for _ in range(50):
        clock.sent(writer, REVIEW)
        moments.append(clock.now - began)

    assert moments[:17] == [0.0] * 17
    assert moments[-1] == pytest.approx((50 - 17) * WRITES.interval)


def test_the_buckets_keep_below_what_github_allows() -> None:
    assert WRITES.burst + 60 / WRITES.interval == 60
    assert CONTENT.burst + 3600 / CONTENT.interval == 400


def test_checks_are_not_counted_as_content(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    clock.sent(writer, CONCLUDE)

    with store.transaction() as session:
        pace = session.get_one(Pace, ONE)
        assert pace.writes_full_at == clock.now + WRITES.interval
        assert pace.content_full_at == 0.0


def test_the_last_tokens_are_for_the_most_urgent(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    while not clock.sent(writer, REACT):
        pass
    clock.now -= 1.5

    waits = {call.route: clock.sent(writer, call) for call in (CONCLUDE, CREATE, REVIEW, REPLY)}

    assert waits[CONCLUDE.route] == 0.0
    assert waits[REPLY.route] > 0


def test_two_processes_share_the_pace(store: Store, clock: Clock) -> None:
    one, other = clock.writer(store), clock.writer(store)
    for _ in range(20):
        clock.sent(one, CONCLUDE)

    assert clock.sent(other, CONCLUDE) == pytest.approx(1.5)


def test_installations_do_not_wait_for_each_other(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    for _ in range(20):
        clock.sent(writer, CONCLUDE)

    assert clock.sent(writer, CONCLUDE, OTHER) == 0.0


def test_reads_are_not_paced(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)

    assert [clock.sent(writer, READ) for _ in range(40)] == [0.0] * 40


def test_whoever_would_wait_too_long_is_told_when_to_come_back(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    with store.transaction() as session:
        session.add(Pace(installation_id=ONE, content_full_at=clock.now + 3600))

    with pytest.raises(RateLimited) as kept_back:
        clock.sent(writer, REPLY)

    assert kept_back.value.retry_at == clock.now + 3600 - (CONTENT.burst - 1) * CONTENT.interval
    assert clock.sent(writer, CONCLUDE) == 0.0


def test_a_server_without_limits_is_not_paced(store: Store, clock: Clock) -> None:
    writer = clock.writer(store, pacing=False)

    assert [clock.sent(writer, REVIEW) for _ in range(40)] == [0.0] * 40


@pytest.mark.parametrize("call", [READ, CONCLUDE, REACT])
def test_a_pause_stops_every_call_of_the_installation(store: Store, clock: Clock, call: Call) -> None:
    writer = clock.writer(store)
    raised = asyncio.run(writer.turn(ONE).held_back(limit(clock, 30, named=True)))

    with pytest.raises(RateLimited) as refused:
        clock.sent(writer, call)

    assert refused.value.retry_at == raised.retry_at == clock.now + 31.5
    assert clock.sent(writer, call, OTHER) == 0.0
    clock.now += 31.5
    assert clock.sent(writer, call) == 0.0


def test_another_process_keeps_the_pause_too(store: Store, clock: Clock) -> None:
    one, other = clock.writer(store), clock.writer(store)
    asyncio.run(one.pause(ONE, limit(clock)))

    with pytest.raises(RateLimited):
        clock.sent(other, REVIEW)


def test_pauses_without_a_time_grow_until_it_was_quiet_for_long(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    lengths = []
    for _ in range(6):
        until = asyncio.run(writer.pause(ONE, limit(clock))).retry_at
        lengths.append(until - clock.now)
        clock.now = until
    clock.now += 1000

    assert lengths == [62.5, 122.5, 242.5, 482.5, 902.5, 902.5]
    assert asyncio.run(writer.pause(ONE, limit(clock))).retry_at == clock.now + 62.5


def test_calls_that_are_refused_together_are_one_pause(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    for _ in range(5):
        asyncio.run(writer.pause(ONE, limit(clock)))
    clock.now += 70

    assert asyncio.run(writer.pause(ONE, limit(clock))).retry_at == clock.now + 122.5


def test_a_named_time_is_never_undercut_and_its_kind_is_kept(store: Store, clock: Clock) -> None:
    error = PrimaryRateLimited("GET", "/x", "used up", clock.now + 3000)

    told = asyncio.run(clock.writer(store).pause(ONE, error))

    assert isinstance(told, PrimaryRateLimited)
    assert told.retry_at == clock.now + 3002.5


def test_a_merge_group_goes_before_the_reviews_of_pull_requests(store: Store, clock: Clock) -> None:
    writer = clock.writer(store)
    with store.transaction() as session:
        for _ in range(18):
            writer._take(session, ONE, CONCLUDE, Urgency.CONCLUDE)

    asyncio.run(writer.turn(ONE, merge_group=True).admit(CREATE))

    assert clock.now == 1_000_000.0
    assert clock.sent(writer, CREATE) > 0


def test_every_write_has_its_urgency() -> None:
    calls = (CONCLUDE, CREATE, REVIEW, REPLY, REACT)

    assert [urgency_of(call).name for call in calls] == ["CONCLUDE", "CREATE_CHECK", "REVIEW", "EDIT", "REACTION"]


@given(st.lists(st.floats(0, 30), max_size=150), st.sampled_from([WRITES, CONTENT, Bucket(1.0, 3)]))
def test_no_window_sees_more_than_the_bucket_promises(gaps: list[float], bucket: Bucket) -> None:
    now, full_at = 0.0, 0.0
    taken: list[float] = []
    for gap in gaps:
        now += gap
        if bucket.wait(full_at, now) <= 0:
            full_at = bucket.take(full_at, now)
            taken.append(now)

    for start in taken:
        for length in (1.0, 60.0, 3600.0):
            seen = sum(start <= moment <= start + length for moment in taken)
            assert seen <= bucket.burst + length / bucket.interval + 1e-6
