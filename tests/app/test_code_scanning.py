"""A policy asks for code scanning: each finding is an alert or a comment, never both, and never neither."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from sqlmodel import select

from analyzers.finding import Confidence, Finding, Location, Position, Report, Severity, Side, Span
from app import queue
from app import uploads as uploads_known
from app.code_scanning import is_shown
from app.doctor.alerts import examine_alerts
from app.doctor.outcome import Status
from app.events import Enqueue, Where
from app.render.view import DiffLines, View
from app.store import Store
from app.tables import Review, ReviewState
from app.upload_watch import look_at_uploads
from app.uploads import LOOK_SECONDS, MAX_FAILURES, MAX_LOOKS, RETRY_SECONDS
from app.verdict import Verdict
from github.client import Client
from github.installations import App
from tests.app import shop, workbench
from tests.app.here import Here
from tests.standin.faults import Fault, Kind
from tests.standin.records import Analysis, PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
POLICY = ".github/skillaudit.yml"
RULE = "missing-per-tool-authorization"
SARIF_SCHEMA = msgspec.json.decode((Path(__file__).parent / "render" / "sarif-schema-2.1.0.json").read_bytes())


@pytest.fixture
def here(standin: StandIn, tmp_path: Path, sqlite_only: None) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        yield server


def asked(here: Here, where: str, *, granted: bool = True) -> None:
    here.repository.commit({POLICY: f"code_scanning: {where}\n"})
    if granted:
        here.standin.installation(here.repository).permissions["security_events"] = "write"


def opened(here: Here, files: dict[str, str | None] = shop.UNGUARDED, **about: bool) -> PullRequest:
    here.repository.commit(files, "feature")
    pull = here.standin.open_pull(here.repository, "feature", **about)
    here.start()
    return pull


def alerts(here: Here) -> list[tuple[str, str, list[str]]]:
    """Return commit and ref of each upload, and its findings that tools lack authorization."""
    return [
        (upload.commit_sha, upload.ref, [rule for rule in rules(upload) if rule == RULE]) for upload in uploads(here)
    ]


def uploads(here: Here) -> list[Analysis]:
    return here.standin.analyses(here.repository)


def rules(upload: Analysis) -> list[str]:
    return [result["ruleId"] for result in upload.log["runs"][0]["results"]]


def told(here: Here, pull: PullRequest) -> tuple[int, int]:
    """Return how many comments and annotations tell of findings."""
    return len(here.bodies(pull)), len(here.check(pull.head_sha).annotations)


def test_without_a_policy_nothing_is_uploaded(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)

    assert alerts(here) == []
    assert told(here, pull) == (1, 0)


def test_what_code_scanning_shows_in_the_diff_gets_no_comment(here: Here) -> None:
    asked(here, "pull_requests")
    pull = opened(here)

    check = here.review("opened", pull)

    assert alerts(here) == [(pull.head_sha, f"refs/pull/{pull.number}/head", [RULE])]
    assert told(here, pull) == (0, 0)
    assert check.conclusion == "failure"
    assert f"### {RULE}" in (check.text or "")
    (upload,) = uploads(here)
    jsonschema_rs.validate(SARIF_SCHEMA, upload.log)
    assert upload.tool_name == "SkillAudit"


def test_only_the_step_that_uploads_has_the_permission_for_it(here: Here) -> None:
    asked(here, "pull_requests")
    pull = opened(here)
    here.review("opened", pull)

    scopes = [dict(token.permissions) for token in here.standin.tokens() if "security_events" in token.permissions]
    assert scopes == [{"security_events": "write", "metadata": "read"}]


@pytest.mark.parametrize(
    ("start", "end", "side", "shown"),
    [
        (10, 19, Side.HEAD, True),
        (15, 15, Side.HEAD, True),
        (9, 12, Side.HEAD, False),
        (18, 20, Side.HEAD, False),
        (15, 32, Side.HEAD, False),
        (15, 15, Side.BASE, False),
    ],
)
def test_what_code_scanning_does_not_show_whole_is_told_by_us(start: int, end: int, side: Side, shown: bool) -> None:
    span = Span(Position(start, 1), Position(end, 2))
    found = Finding(RULE, "p", Severity.HIGH, Confidence.HIGH, Location("server.py", span, side), "m", "w", "f")
    diff = {"server.py": DiffLines(right=(range(10, 20), range(30, 40)), left=(range(10, 20),))}
    view = View(Report(findings=(found,)), Verdict("failure", Severity.HIGH, 1, "t"), diff=diff)

    assert is_shown(view, found) is shown
    assert not is_shown(view, msgspec.structs.replace(found, new=False))


def test_a_comment_that_stands_already_is_closed_when_its_finding_is_fixed(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    asked(here, "pull_requests")
    here.repository.commit({"notes.txt": "x"}, "feature")
    here.review("synchronize", pull)
    assert told(here, pull) == (1, 0)

    here.repository.commit(shop.GUARDED, "feature")
    here.review("synchronize", pull)

    assert told(here, pull) == (0, 0)
    assert alerts(here)[-1] == (pull.head_sha, f"refs/pull/{pull.number}/head", [])


def test_a_draft_has_no_alerts_until_it_is_ready(here: Here) -> None:
    asked(here, "pull_requests")
    pull = opened(here, draft=True)
    here.review("opened", pull)
    assert alerts(here) == []

    pull.draft = False
    here.review("ready_for_review", pull)

    assert len(alerts(here)) == 1


@pytest.mark.parametrize("reason", ["permission", "plan"])
def test_where_github_refuses_the_findings_are_comments_and_the_check_says_why(here: Here, reason: str) -> None:
    asked(here, "pull_requests", granted=reason == "plan")
    here.repository.code_scanning = False
    pull = opened(here)

    check = here.review("opened", pull)

    assert told(here, pull) == (1, 0)
    assert check.conclusion == "failure"
    word = {"permission": "not granted security", "plan": "Code Security must be enabled"}[reason]
    assert word in (check.summary or "").replace("\\", "")
    (outcome,) = examine_alerts(here.settings)
    assert (outcome.status, "shop/server: no alerts" in outcome.message) == (Status.WARNING, True)
    assert word in outcome.message

    here.standin.installation(here.repository).permissions["security_events"] = "write"
    here.repository.code_scanning = True
    here.repository.commit({"notes.txt": "x"}, "feature")
    here.review("synchronize", pull)
    assert list(examine_alerts(here.settings)) == []


@pytest.mark.parametrize("kind", [Kind.BAD_GATEWAY, Kind.BAD_GATEWAY_AFTER, Kind.RESET_AFTER])
def test_an_upload_with_an_unknown_outcome_is_repeated(here: Here, kind: Kind) -> None:
    asked(here, "pull_requests")
    pull = opened(here)
    here.standin.faults.add(Fault("POST", "/code-scanning/", kind))

    here.review("opened", pull)

    assert set(map(str, alerts(here))) == {str((pull.head_sha, f"refs/pull/{pull.number}/head", [RULE]))}
    assert told(here, pull) == (0, 0)


def test_no_verdict_waits_for_the_hour_in_which_there_were_too_many_uploads(here: Here) -> None:
    asked(here, "pull_requests")
    pull = opened(here)
    here.standin.faults.add(Fault("POST", "/code-scanning/", Kind.PRIMARY_LIMIT, times=None))

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert (alerts(here), told(here, pull)) == ([], (1, 0))


def test_a_pause_that_an_upload_causes_is_one_of_the_whole_installation(here: Here) -> None:
    asked(here, "pull_requests")
    pull = opened(here)
    here.standin.faults.add(Fault("POST", "/code-scanning/", Kind.SECONDARY_LIMIT, retry_after=1))

    here.review("opened", pull)

    assert len(alerts(here)) == 1
    assert told(here, pull) == (0, 0)


def test_an_upload_that_never_succeeds_keeps_no_review_from_its_end(here: Here) -> None:
    asked(here, "pull_requests")
    pull = opened(here)
    here.standin.faults.add(Fault("POST", "/code-scanning/", Kind.BAD_GATEWAY, times=None))

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert told(here, pull) == (1, 0)


def test_the_default_branch_has_alerts_after_each_push_and_pull_requests_their_comments(here: Here) -> None:
    asked(here, "default_branch")
    pull = opened(here)
    here.review("opened", pull)
    assert told(here, pull) == (1, 0)

    before = here.repository.head("main")
    after = here.repository.commit(shop.UNGUARDED)
    here.deliver("push", None, ref="refs/heads/main", before=before)
    here.wait_for("alerts uploaded")

    assert alerts(here) == [(after, "refs/heads/main", [RULE])]


def test_a_first_look_at_a_repository_uploads_its_alerts(here: Here) -> None:
    here.repository.commit(shop.UNGUARDED)
    asked(here, "default_branch")
    here.start()
    here.deliver("installation", "created", repositories=[here.repository])
    here.wait_for("ended")

    head = here.repository.head("main")
    assert alerts(here) == [(head, "refs/heads/main", [RULE])]
    assert here.check(head).conclusion == "success"


def test_what_is_suppressed_is_no_alert(here: Here) -> None:
    excuse = f"# skillaudit: ignore[{RULE}] reviewed by the security team\n"
    line = f"async def {shop.NAME}("
    here.repository.commit({"server.py": shop.UNGUARDED["server.py"].replace(line, excuse + line)})
    asked(here, "default_branch")
    here.start()
    here.deliver("installation", "created", repositories=[here.repository])
    here.wait_for("ended")

    ((_, _, shown),) = alerts(here)
    assert shown == []


def test_alerts_that_github_could_not_process_become_comments(here: Here) -> None:
    asked(here, "pull_requests")
    pull = opened(here)
    here.review("opened", pull)
    assert told(here, pull) == (0, 0)
    here.standin.state.scanning_errors = ["the run is `broken`"]
    here.repository.commit({"notes.txt": "x"}, "feature")

    check = here.review("synchronize", pull)

    assert told(here, pull) == (1, 0)
    assert "could not process the last alerts" in (check.summary or "")
    here.standin.state.scanning_errors = []
    here.repository.commit({"notes.txt": "y"}, "feature")
    assert "could not process" not in (here.review("synchronize", pull).summary or "")


class Watcher:
    """What looks at uploads, beside a database with one finished review."""

    def __init__(self, store: Store, standin: StandIn, subject: str = "pr:1") -> None:
        self.store, self.standin = store, standin
        self.now = 1_000.0
        store.clock = lambda: self.now
        self.repository = standin.create_repository("shop/server")
        self.repository.commit(shop.BASE)
        standin.installation(self.repository).permissions["security_events"] = "write"
        self.review = self._reviewed(subject)

    def _reviewed(self, subject: str) -> Review:
        where = Where(self.standin.installation(self.repository).id, self.repository.id, "shop/server")
        with self.store.transaction() as session:
            review = queue.enqueue(session, Enqueue(where, subject, "head", "base", "main"), "engine", 0.0)
            assert review is not None
            queue.finish(session, review, ReviewState.DONE, 0.0)
            return review

    def look(self, times: int = 1, **about: int) -> None:
        """Have the same upload looked at some times, each time by another process than the one that made it."""
        made = Analysis("one", self.repository.id, "head", "refs/pull/1/head", "SkillAudit", {}, **about)
        self.standin.state.analyses.append(made)
        with self.store.transaction() as session:
            uploads_known.note(session, self.review, "one", self.store.clock())
        for _ in range(times):
            self.now += LOOK_SECONDS
            asyncio.run(self._look())

    def wait(self, hours: float = LOOK_SECONDS / 3600) -> None:
        """Let time pass, and look then."""
        self.now += hours * 3600
        asyncio.run(self._look())

    async def _look(self) -> None:
        async with Client(self.standin.url) as client:
            app = App(client, str(self.standin.app.id), self.standin.app.private_key_pem)
            await look_at_uploads(workbench.tools(self.store, app))

    def known(self) -> tuple[str, bool]:
        """Return why the last upload failed, and whether one is still to be looked at."""
        with self.store.transaction() as session:
            pending = uploads_known.pending_of(session, self.review)
            return uploads_known.failure(session, self.review), pending is not None

    def reviews(self) -> list[str]:
        with self.store.transaction() as session:
            return [row.state for row in session.exec(select(Review).order_by(Review.rerun))]


@pytest.fixture
def watcher(store: Store, standin: StandIn) -> Watcher:
    return Watcher(store, standin)


def test_a_pull_request_whose_alerts_failed_is_reviewed_again_once(watcher: Watcher) -> None:
    watcher.standin.state.scanning_errors = ["broken"]
    watcher.look(times=3)

    assert watcher.reviews() == ["done", "queued"]
    assert watcher.known() == ("broken", False)
    with watcher.store.transaction() as session:
        assert uploads_known.troubles(session) == [("shop/server", "broken")]


def test_alerts_that_were_made_ask_for_nothing(watcher: Watcher) -> None:
    watcher.look(times=2, pending=2)
    assert watcher.known() == ("", True)
    watcher.look(times=1)

    assert watcher.reviews() == ["done"]
    assert watcher.known() == ("", False)


def test_an_upload_that_stays_pending_is_left_alone_in_the_end(watcher: Watcher) -> None:
    watcher.look(times=MAX_LOOKS + 2, pending=100)

    assert watcher.known() == ("", False)
    assert len(watcher.standin.log.calls("GET", "/code-scanning/")) == MAX_LOOKS


@pytest.fixture
def branch(store: Store, standin: StandIn) -> Watcher:
    return Watcher(store, standin, "base")


def finish_queued(watcher: Watcher) -> Review | None:
    """End the review that waits, as if it had uploaded again; return it."""
    with watcher.store.transaction() as session:
        review = session.exec(select(Review).where(Review.state == ReviewState.QUEUED)).first()
        if review is not None:
            queue.finish(session, review, ReviewState.DONE, watcher.now)
        return review


def test_a_default_branch_whose_alerts_failed_is_uploaded_again_some_times(branch: Watcher) -> None:
    branch.standin.state.scanning_errors = ["broken"]
    pauses = []
    for _ in range(MAX_FAILURES - 1):
        branch.look()
        failed_at = branch.now
        assert finish_queued(branch) is None
        while (again := finish_queued(branch)) is None:
            branch.wait(hours=RETRY_SECONDS / 3600 / 4)
        pauses.append(branch.now - failed_at)
        assert (again.subject, again.head_sha, again.base_sha) == ("base", "head", "head")
        branch.review = again
    assert pauses == sorted(pauses)
    assert pauses[0] >= RETRY_SECONDS
    branch.look()
    branch.wait(hours=48)

    assert finish_queued(branch) is None
    with branch.store.transaction() as session:
        ((name, told),) = uploads_known.troubles(session)
    assert name == "shop/server"
    assert told.startswith(f"broken ({MAX_FAILURES} times in a row")


def test_a_default_branch_whose_alerts_were_made_at_last_is_left_alone(branch: Watcher) -> None:
    branch.standin.state.scanning_errors = ["broken"]
    branch.look()
    branch.wait(hours=1)
    assert finish_queued(branch) is not None
    branch.standin.state.scanning_errors = []
    branch.look()
    branch.wait(hours=48)

    assert finish_queued(branch) is None
    assert branch.known() == ("", False)


def test_a_push_that_waits_already_brings_the_upload(branch: Watcher) -> None:
    branch.standin.state.scanning_errors = ["broken"]
    branch.look()
    where = queue.where_of(branch.review)
    with branch.store.transaction() as session:
        queue.enqueue(session, Enqueue(where, "base", "newer", "head", "main"), "engine", branch.now)
    branch.wait(hours=1)

    with branch.store.transaction() as session:
        waiting = session.exec(select(Review.head_sha).where(Review.state == ReviewState.QUEUED)).all()
    assert waiting == ["newer"]


def test_what_a_pull_request_uploads_hides_nothing_of_the_default_branch(branch: Watcher, store: Store) -> None:
    branch.standin.state.scanning_errors = ["broken"]
    branch.look()
    pull = Enqueue(queue.where_of(branch.review), "pr:1", "head2", "head", "main")
    with store.transaction() as session:
        review = queue.enqueue(session, pull, "engine", branch.now)
        assert review is not None
        uploads_known.note(session, review, "two", branch.now)
        queue.finish(session, review, ReviewState.DONE, branch.now)
    branch.wait(hours=1)

    again = finish_queued(branch)
    assert again is not None
    assert again.subject == "base"
