import pytest

from tests.standin import objects
from tests.standin.records import PullRequest
from tests.standin.repository import Repository


def entry(line=10, path="server.py", **more) -> dict:
    return {"path": path, "line": line, "side": "RIGHT", "body": "wrong", **more}


def review(*entries, **more) -> dict:
    return {"event": "COMMENT", "body": "1 finding", "comments": list(entries), **more}


@pytest.fixture
def post(api, pull: PullRequest):
    def send(*entries, **more):
        return api("POST", f"pulls/{pull.number}/reviews", json=review(*entries, commit_id=pull.head_sha, **more))

    return send


@pytest.fixture
def root(api, post, pull: PullRequest) -> dict:
    post(entry())
    return api("GET", f"pulls/{pull.number}/comments").json()[0]


@pytest.mark.parametrize(
    "good",
    [
        entry(10),
        entry(7),
        entry(13),
        entry(31),
        entry(2, "new.py"),
        entry(13, start_line=7, start_side="RIGHT"),
        entry(10, side="LEFT"),
        entry(1, "gone.py", side="LEFT"),
    ],
)
def test_a_comment_inside_a_hunk_is_stored(post, standin, repository: Repository, pull: PullRequest, good):
    answer = post(good)

    assert (answer.status_code, answer.json()["state"]) == (200, "COMMENTED")
    assert [(found.path, found.line) for found in standin.comments(repository, pull)] == [(good["path"], good["line"])]


@pytest.mark.parametrize(
    "bad",
    [
        entry(6),
        entry(14),
        entry(1),
        entry(999),
        entry(None),
        entry(7, side="LEFT"),
        entry(3, "new.py"),
        entry(1, "old.py"),
        entry(1, "nowhere.py"),
        entry(10, start_line=10),
        entry(10, start_line=11),
        entry(30, start_line=10),
        entry(10, start_line=6),
        {"path": "server.py", "body": "no line"},
        entry(10, body=" "),
        entry(10, body="x" * 65_537),
    ],
)
def test_one_bad_comment_rejects_the_whole_review(post, standin, repository: Repository, pull: PullRequest, bad):
    if bad.get("line", 1) is None:
        del bad["line"]
    answer = post(entry(10), bad)

    assert answer.status_code == 422
    assert "server.py" not in answer.text
    assert standin.reviews(repository, pull) == []
    assert standin.comments(repository, pull, hidden=True) == []


def test_the_refusal_names_no_entry(post):
    answer = post(entry(10), entry(1)).json()

    assert (answer["message"], answer["errors"]) == ("Unprocessable Entity", ["Line could not be resolved"])


def test_a_comment_review_needs_a_body(api, pull: PullRequest):
    assert api("POST", f"pulls/{pull.number}/reviews", json={"event": "COMMENT"}).status_code == 422


def test_a_review_without_event_is_pending_and_blocks_the_next(api, post, standin, repository, pull: PullRequest):
    pending = api("POST", f"pulls/{pull.number}/reviews", json={"comments": [entry()]})

    assert pending.json()["state"] == "PENDING"
    assert standin.comments(repository, pull) == []
    assert post(entry()).status_code == 422


def test_an_earlier_commit_of_the_pull_request_is_accepted_and_a_foreign_one_refused(
    api, repository: Repository, pull: PullRequest
):
    earlier = pull.head_sha
    repository.commit({"more.py": "1\n"}, "feature")
    foreign = repository.commit({"else.py": "1\n"}, "elsewhere")

    def status(commit: str) -> int:
        return api("POST", f"pulls/{pull.number}/reviews", json=review(entry(), commit_id=commit)).status_code

    assert (status(earlier), status(repository.head("main")), status(foreign)) == (200, 422, 422)


def lines(api, pull: PullRequest) -> list:
    found = api("GET", f"pulls/{pull.number}/comments").json()
    return [(comment["line"], comment["original_line"]) for comment in found]


def test_a_comment_follows_its_line_through_pushes(api, post, repository: Repository, pull: PullRequest):
    post(entry(10))
    text = repository_text(repository, pull)
    repository.commit({"server.py": "first\n" * 5 + text}, "feature")

    assert lines(api, pull) == [(15, 10)]


def test_a_comment_is_outdated_when_its_line_changes(api, post, repository: Repository, pull: PullRequest):
    post(entry(10))
    text = repository_text(repository, pull)
    repository.commit({"server.py": text.replace("line ten\n", "line 10.0\n")}, "feature")

    assert lines(api, pull) == [(None, 10)]


def repository_text(repository: Repository, pull: PullRequest) -> str:
    sha = repository.resolve(f"{pull.head_sha}:server.py")
    return objects.read(repository.path, sha).data.decode()


def test_a_reply_belongs_to_the_thread(api, standin, repository: Repository, pull: PullRequest, root):
    reply = api("POST", f"pulls/{pull.number}/comments/{root['id']}/replies", json={"body": "again"}).json()

    assert reply["in_reply_to_id"] == root["id"]
    thread = standin.threads(repository, pull)[0]
    assert [comment.body for comment in standin.state.comments_in(thread)] == ["wrong", "again"]
    assert api("POST", f"pulls/{pull.number}/comments/{reply['id']}/replies", json={"body": "more"}).status_code == 422


def test_own_comments_are_edited_and_deleted(api, standin, repository: Repository, pull: PullRequest, root):
    edited = api("PATCH", f"pulls/comments/{root['id']}", json={"body": "fixed"})
    deleted = api("DELETE", f"pulls/comments/{root['id']}")

    assert (edited.json()["body"], deleted.status_code) == ("fixed", 204)
    assert api("GET", f"pulls/comments/{root['id']}").status_code == 404
    assert standin.comments(repository, pull) == []
    assert [(found.body, found.deleted) for found in standin.comments(repository, pull, hidden=True)] == [
        ("fixed", True)
    ]
    assert standin.threads(repository, pull) == []


def test_comments_of_others_are_not_touched(api, standin, repository: Repository, root):
    reply = standin.people.reply(standin.state.comments[root["id"]], "reviewer", "I disagree")

    assert api("PATCH", f"pulls/comments/{reply.id}", json={"body": "x"}).status_code == 403
    assert api("DELETE", f"pulls/comments/{reply.id}").status_code == 403


def test_a_file_comment_needs_a_file_of_the_diff(api, pull: PullRequest):
    def status(path: str) -> int:
        body = {"body": "b", "commit_id": pull.head_sha, "path": path, "subject_type": "file"}
        return api("POST", f"pulls/{pull.number}/comments", json=body).status_code

    assert (status("server.py"), status("old.py")) == (201, 422)


def test_a_reaction_is_stored_once(api, standin, root, repository: Repository, pull: PullRequest):
    asked = standin.people.comment(repository, pull, "reviewer", "/skillaudit rerun")

    for path in (f"pulls/comments/{root['id']}", f"issues/comments/{asked.id}"):
        answers = [api("POST", f"{path}/reactions", json={"content": "eyes"}).status_code for _ in range(2)]
        assert answers == [201, 200]
    assert [reaction.content for reaction in asked.reactions] == ["eyes"]


def test_lists_come_in_pages_of_thirty_and_link_to_the_next(api, post, pull: PullRequest):
    post(*[entry(10)] * 40)
    first = api("GET", f"pulls/{pull.number}/comments")
    second = api("GET", first.links["next"]["url"].removeprefix(str(api.client.base_url).rstrip("/")))

    assert (len(first.json()), len(second.json())) == (30, 10)
    assert "next" not in second.links
