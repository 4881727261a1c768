import httpx
import pytest

from github import checks, contents, pulls, reviews, threads
from github.archives import read_archive
from github.blobs import blob_oid, read_blobs
from github.checks import Annotation, NewCheckRun, Output
from github.client import Client
from github.context import read_context
from github.errors import (
    BadCredentials,
    GraphQLFailed,
    MalformedResponse,
    NotFound,
    PrimaryRateLimited,
    SecondaryRateLimited,
    Unprocessable,
    WriteOutcomeUnknown,
)
from github.installations import CHECK, COMMENT, READ, RESOLVE, App
from github.markers import Marker, format_marker
from github.patches import Anchor, Side
from github.permissions import BranchRules, Permission, read_branch_rules, read_permission
from github.repositories import Repository, read_repository
from github.reviews import DraftComment
from github.transport import CallRecord
from tests.standin.faults import Fault, Kind
from tests.standin.plugin import standin
from tests.standin.server import StandIn

__all__ = ["standin"]
pytestmark = pytest.mark.anyio

POLICY = ".github/skillaudit.yml"
BASE = {
    "server.py": "".join(f"line {n}\n" for n in range(1, 41)),
    "gone.py": "gone\n",
    "data.bin": b"\x00\xff" * 99,
    "latin.py": "# caf\xe9\n".encode("latin-1"),
    "hidden.py": "hidden\n",
    ".gitattributes": "hidden.py export-ignore\nsubst.py export-subst\n",
    "subst.py": "$Format:%H$\n",
    POLICY: "gate: high\n",
}


class Setting:
    """A repository with one pull request at the stand-in, and the App that is installed there."""

    def __init__(self, standin: StandIn, client: Client):
        self.standin = standin
        self.there = standin.create_repository("acme/server")
        self.base_sha = self.there.commit(BASE)
        changed = BASE["server.py"].replace("line 10\n", "line ten\n").replace("line 30\n", "line 30\nline 30.5\n")
        self.there.commit({"server.py": changed, "new.py": "one\ntwo\n", "gone.py": None}, "feature")
        self.pull = standin.open_pull(self.there, "feature")
        self.app = App(client, str(standin.app.id), standin.app.private_key_pem)
        self.installation = standin.installation(self.there)

    def repository(self, permissions) -> Repository:
        return self.app.repository(self.installation.id, self.there.id, self.there.full_name, permissions)

    @property
    def reading(self) -> Repository:
        return self.repository(READ)

    @property
    def publishing(self) -> Repository:
        return self.repository({**CHECK, **COMMENT})

    def fault(self, method: str, path: str, kind: Kind, **more) -> None:
        self.standin.faults.add(Fault(method, path, kind, **more))


@pytest.fixture
def calls() -> list[CallRecord]:
    return []


@pytest.fixture
def clock(standin: StandIn, clock):
    clock.now = standin.state.now().timestamp()
    return clock


@pytest.fixture
async def at(standin: StandIn, timing, calls):
    async with Client(standin.url, timing=timing, on_call=calls.append) as client:
        yield Setting(standin, client)


async def test_the_app_and_its_installations_are_read(at):
    details = await at.app.read()
    (installation,) = await at.app.installations()

    assert (details.id, details.login) == (at.standin.app.id, "skillaudit[bot]")
    assert installation.id == at.installation.id
    assert (await at.app.installation_of("acme/server")).id == at.installation.id


async def test_an_app_with_a_foreign_key_is_refused(at, private_key):
    stranger = App(at.app.client, str(at.standin.app.id), private_key)

    with pytest.raises(BadCredentials):
        await stranger.read()


async def test_a_repository_without_the_app_is_not_found(at):
    other = at.standin.create_repository("acme/other", installed=False)

    with pytest.raises(NotFound):
        await at.app.repository(at.installation.id, other.id, "acme/other").get("", contents.TREE)


async def test_the_change_is_read_with_its_hunks(at):
    pull = await pulls.read_pull(at.reading, at.pull.number)
    listed = await pulls.list_files(at.reading, pull.number, pull.changed_files)
    diff = pulls.diff_of(listed.files)

    assert (pull.head.sha, pull.base.ref, pull.changed_files) == (at.pull.head_sha, "main", 3)
    assert listed.complete
    assert {file.filename: file.status for file in listed.files} == {
        "server.py": "modified",
        "new.py": "added",
        "gone.py": "removed",
    }
    assert diff.anchor("server.py", 7, 13) is Anchor.VALID
    assert diff.anchor("server.py", None, 14) is Anchor.INVALID
    assert diff.anchor("gone.py", None, 1, Side.LEFT) is Anchor.VALID

    compared = await pulls.compare(at.reading, "main", at.pull.head_sha)
    assert (compared.merge_base, compared.files) == (at.base_sha, listed.files)


async def test_a_pull_request_from_a_fork_is_found_by_its_head(at):
    head = at.there.commit({"new.py": "fork\n"}, "topic", fork="stranger")
    pull = at.standin.open_pull(at.there, "topic", fork="stranger")

    found = await pulls.list_open_pulls_by_head(at.reading, head)
    assert [one.number for one in found] == [pull.number]


async def test_context_comes_in_one_call(at, calls):
    await read_repository(at.reading)
    calls.clear()
    context = await read_context(at.reading, at.pull.number, at.base_sha, POLICY)

    assert len(calls) == 1
    assert context.file == contents.File(blob_oid(b"gate: high\n"), b"gate: high\n")
    assert (context.pull.state, context.pull.head_sha, context.pull.changed_files) == ("OPEN", at.pull.head_sha, 3)
    assert context.threads == ()


async def test_a_missing_pull_request_and_a_missing_file_are_told_apart(at):
    with pytest.raises(GraphQLFailed) as caught:
        await read_context(at.reading, 999, at.base_sha, POLICY)
    context = await read_context(at.reading, at.pull.number, at.base_sha, "nowhere.yml")

    assert caught.value.types == ("NOT_FOUND",)
    assert context.file is None


async def test_blobs_of_every_kind_are_read_exactly(at):
    tree = await contents.read_tree(at.reading, at.base_sha)
    oids = {entry.path: entry.sha for entry in tree.entries}
    blobs = await read_blobs(at.reading, list(oids.values()))
    expected = {path: data if isinstance(data, bytes) else data.encode() for path, data in BASE.items()}

    assert not tree.truncated
    assert blobs.missing == {}
    assert {path: blobs.data[oid] for path, oid in oids.items()} == expected
    assert await contents.read_file(at.reading, at.base_sha, "gone.py") is not None
    assert await contents.read_file(at.reading, at.pull.head_sha, "gone.py") is None


async def test_the_archive_gives_what_equals_the_tree_and_names_the_rest(at):
    tree = await contents.read_tree(at.reading, at.base_sha)
    archive = await read_archive(at.reading, at.base_sha, {entry.path: entry.sha for entry in tree.entries})

    assert archive.stopped is None
    assert {left.path: left.reason for left in archive.left_out} == {
        "hidden.py": "not in the archive",
        "subst.py": "altered",
    }
    assert set(archive.files) == set(BASE) - {"hidden.py", "subst.py"}


async def test_no_token_reaches_the_archive_host(at):
    await read_archive(at.reading, at.base_sha, {})

    asked, downloaded = at.standin.log.entries[-2:]
    assert asked.installation == at.installation.id
    assert (downloaded.operation, downloaded.installation) == ("codeload", None)


async def test_a_check_run_is_created_found_and_concluded_with_all_its_annotations(at):
    head = at.pull.head_sha
    notes = tuple(Annotation("server.py", n, n, "warning", f"note {n}") for n in range(1, 121))
    created = await checks.create_check_run(at.publishing, NewCheckRun("SkillAudit", head, "v1:1"))
    output = Output("120 findings", "🔥" * 50_000, "text", notes)
    await checks.conclude_check_run(at.publishing, created, "failure", output)
    found = await checks.find_check_run(at.publishing, head, "SkillAudit", "v1:1", at.standin.app.id)

    assert found is not None
    assert (found.id, found.status, found.conclusion) == (created.id, "completed", "failure")
    assert found.output.annotations_count == 120


async def test_annotations_go_on_where_a_lost_answer_left_them(at):
    created = await checks.create_check_run(at.publishing, NewCheckRun("SkillAudit", at.pull.head_sha, "v1:1"))
    output = Output("t", "s", "", tuple(Annotation("server.py", n, n, "notice", "m") for n in range(1, 71)))
    at.fault("PATCH", "/check-runs/", Kind.BAD_GATEWAY_AFTER)

    with pytest.raises(WriteOutcomeUnknown):
        await checks.conclude_check_run(at.publishing, created, "failure", output)
    again = await checks.read_check_run(at.publishing, created.id)
    concluded = await checks.conclude_check_run(at.publishing, again, "failure", output)

    assert again.output.annotations_count == 50
    assert concluded.output.annotations_count == 70


@pytest.mark.parametrize("kind", [Kind.BAD_GATEWAY_AFTER, Kind.RESET_AFTER, Kind.TRUNCATED])
async def test_a_review_that_was_stored_behind_a_failure_is_found_and_not_posted_again(at, kind):
    body = f"1 finding\n\n{format_marker('5')}"
    at.fault("POST", "/reviews", kind)

    with pytest.raises(WriteOutcomeUnknown):
        await reviews.post_review(
            at.publishing, at.pull.number, at.pull.head_sha, body, [DraftComment("new.py", 1, "x")]
        )
    found = await reviews.find_review(at.publishing, at.pull.number, "5", "skillaudit[bot]")

    assert found is not None
    assert len(at.standin.reviews(at.there, at.pull)) == 1


async def test_a_write_that_is_answered_with_a_page_has_an_unknown_outcome(at):
    at.fault("POST", "/check-runs", Kind.HTML)

    with pytest.raises(WriteOutcomeUnknown):
        await checks.create_check_run(at.publishing, NewCheckRun("SkillAudit", at.pull.head_sha, "v1:1"))


async def test_a_comment_outside_the_hunks_refuses_the_review(at):
    with pytest.raises(Unprocessable) as caught:
        await reviews.post_review(
            at.publishing, at.pull.number, at.pull.head_sha, "body", [DraftComment("server.py", 1, "outside")]
        )

    assert caught.value.concerns_diff


async def test_our_threads_are_read_answered_edited_folded_and_deleted(at):
    number, marker = at.pull.number, format_marker("5", "ab12")
    drafts = [
        DraftComment("server.py", 11, f"range\n{marker}", start_line=9),
        DraftComment("gone.py", 1, f"removed\n{marker}", Side.LEFT),
    ]
    await reviews.post_review(at.publishing, number, at.pull.head_sha, "2 findings", drafts)
    first, second = await threads.read_threads(at.publishing, number)
    root = next(item for item in at.standin.comments(at.there, at.pull) if item.id == first.comments[0].database_id)
    at.standin.people.reply(root, "contributor", f"no\n{marker}")
    await reviews.reply(at.publishing, number, root.id, "yes")
    await reviews.edit_comment(at.publishing, root.id, f"~~range~~\n{marker}")
    await threads.minimize_comment(at.publishing, first.comments[0].id)
    await reviews.delete_comment(at.publishing, second.comments[0].database_id)
    (left,) = await threads.read_threads(at.publishing, number)

    assert [one.marker for one in (first, second)] == [Marker("5", "ab12")] * 2
    assert [one.has_reply for one in (first, second, left)] == [False, False, True]
    assert [comment.marker for comment in left.comments] == [Marker("5", "ab12"), None, None]
    assert left.comments[0].body.startswith("~~range~~")


async def test_resolving_a_thread_needs_to_write_contents(at):
    number = at.pull.number
    await reviews.post_review(at.publishing, number, at.pull.head_sha, "body", [DraftComment("new.py", 1, "x")])
    (thread,) = await threads.read_threads(at.publishing, number)

    with pytest.raises(GraphQLFailed) as caught:
        await threads.resolve_thread(at.publishing, thread.id)
    at.installation.permissions["contents"] = "write"
    await threads.resolve_thread(at.repository(RESOLVE), thread.id)
    (resolved,) = await threads.read_threads(at.publishing, number)

    assert caught.value.types == ("FORBIDDEN",)
    assert (thread.is_resolved, resolved.is_resolved, resolved.resolved_by) == (False, True, "skillaudit")


async def test_permissions_and_rules_are_read(at):
    assert await read_permission(at.reading, "nobody-at-all") is Permission.NONE
    assert await read_branch_rules(at.reading, "main") == BranchRules()
    assert (await read_repository(at.reading)).default_branch == "main"


async def test_a_token_is_retried_while_it_spreads_and_replaced_when_it_expired(at, clock):
    at.standin.refuse_fresh_tokens(2)
    await pulls.read_pull(at.reading, at.pull.number)
    at.standin.refuse_fresh_tokens(0)
    at.standin.expire_tokens()
    await pulls.read_pull(at.reading, at.pull.number)

    assert clock.slept == [1.0, 2.0, 0.0]
    assert len(at.standin.tokens()) == 2


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.PRIMARY_LIMIT, PrimaryRateLimited),
        (Kind.SECONDARY_LIMIT, SecondaryRateLimited),
        (Kind.SECONDARY_LIMIT_429, SecondaryRateLimited),
        (Kind.SECONDARY_LIMIT_SILENT, SecondaryRateLimited),
        (Kind.SECONDARY_LIMIT_429_SILENT, SecondaryRateLimited),
        (Kind.ABUSE, SecondaryRateLimited),
    ],
)
async def test_every_limit_is_raised_and_nothing_is_stored(at, kind, expected):
    at.fault("POST", "/reviews", kind)

    with pytest.raises(expected):
        await reviews.post_review(at.publishing, at.pull.number, at.pull.head_sha, "body", [])
    assert at.standin.reviews(at.there, at.pull) == []


async def test_a_graphql_limit_is_raised(at):
    at.fault("POST", "/graphql", Kind.GRAPHQL_LIMIT)

    with pytest.raises(PrimaryRateLimited):
        await read_context(at.reading, at.pull.number, at.base_sha, POLICY)


@pytest.mark.parametrize("kind", [Kind.BAD_GATEWAY, Kind.RESET, Kind.TRUNCATED, Kind.UNAVAILABLE])
async def test_reads_survive_three_failures_in_a_row(at, kind):
    at.fault("GET", r"/pulls/\d+$", kind, times=3)

    assert (await pulls.read_pull(at.reading, at.pull.number)).number == at.pull.number


async def test_a_page_instead_of_an_answer_is_named(at):
    at.fault("GET", r"/pulls/\d+$", Kind.HTML)

    with pytest.raises(MalformedResponse):
        await pulls.read_pull(at.reading, at.pull.number)


async def test_a_renamed_repository_is_still_read_and_written(at):
    reading, publishing = at.reading, at.publishing
    at.standin.rename(at.there, "renamed")

    assert (await read_repository(reading)).full_name == "acme/renamed"
    await checks.create_check_run(publishing, NewCheckRun("SkillAudit", at.pull.head_sha, "v1:1"))


async def test_the_client_needs_no_socket(standin: StandIn, timing):
    async with Client("https://api.github.com", transport=httpx.ASGITransport(standin.asgi), timing=timing) as client:
        at = Setting(standin, client)
        assert (await pulls.read_pull(at.reading, at.pull.number)).number == at.pull.number
