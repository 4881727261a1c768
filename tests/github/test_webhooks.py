import contextlib
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github import webhooks
from github.errors import MalformedPayload
from github.payloads import BaseChange, Branch, Changes, From, Installation, MergeGroup, PullRequest, Repository, User
from github.webhooks import Ignored, MergeGroupEvent, PingEvent, PullRequestEvent, parse_event, verify_signature

PAYLOADS = json.loads((Path(__file__).parent / "payloads" / "webhooks.json").read_text())["examples"]
EXAMPLES = [
    pytest.param(event, json.dumps(payload).encode(), id=f"{edition}-{event}-{payload.get('action', '')}-{at}")
    for edition, events in PAYLOADS.items()
    for event, payloads in events.items()
    for at, payload in enumerate(payloads)
]


def sign(body: bytes, secret: str, digest=hashlib.sha256) -> str:
    return f"{digest().name}={hmac.new(secret.encode(), body, digest).hexdigest()}"


def test_a_signature_by_any_of_the_secrets_is_accepted():
    body = b'{"zen": "\xc3\xa9"}'

    assert verify_signature(body, sign(body, "old"), ["new", "old"])
    assert verify_signature(body, sign(body, "new").encode(), ["new", "old"])


def test_the_signature_of_githubs_documentation_is_accepted():
    # https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    assert verify_signature(b"Hello, World!", header, ["It's a Secret to Everybody"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        sign(b"body", "secret", hashlib.sha1),
        sign(b"body", "other"),
        sign(b"other", "secret"),
        sign(b"body", ""),
        sign(b"body", "secret").upper(),
        sign(b"body", "secret").replace("sha256=", "SHA256="),
        sign(b"body", "secret") + "\n",
        " " + sign(b"body", "secret"),
        sign(b"body", "secret").removeprefix("sha256="),
        sign(b"body", "secret")[:-1] + "é",
        b"sha256=" + b"\xff" * 64,
    ],
)
def test_any_other_signature_is_refused(header):
    assert not verify_signature(b"body", header, ["secret", ""])


def test_an_empty_secret_signs_nothing():
    assert not verify_signature(b"body", sign(b"body", ""), [""])
    assert not verify_signature(b"body", sign(b"body", ""), [])


any_text = st.text(st.characters(codec=None, exclude_categories=()))


@given(st.binary(), st.none() | any_text | st.binary(), st.lists(any_text))
def test_verifying_a_signature_never_raises(body, header, secrets):
    assert verify_signature(body, header, secrets) is False


@pytest.mark.parametrize(("event", "body"), EXAMPLES)
def test_githubs_examples_of_our_events_are_read(event, body):
    parsed = parse_event(event, body)

    assert isinstance(parsed, webhooks.Event)
    assert not isinstance(parsed, Ignored)


def test_the_examples_cover_every_event_that_is_read():
    assert set(PAYLOADS["api.github.com"]) == set(webhooks.DECODERS)


def test_a_pull_request_is_read_with_its_ends_its_installation_and_what_changed():
    body = b"""{
        "action": "edited", "number": 7, "surprise": [1],
        "pull_request": {"number": 7, "state": "open", "draft": true, "user": {"id": 3, "login": "ann", "type": "User"},
            "head": {"ref": "topic", "sha": "aa", "repo": null},
            "base": {"ref": "main", "sha": "bb", "repo": {"id": 1, "full_name": "octo/shop"}}},
        "changes": {"base": {"ref": {"from": "dev"}, "sha": {"from": "cc"}}},
        "repository": {"id": 1, "full_name": "octo/shop", "default_branch": "main", "private": false},
        "installation": {"id": 9}, "sender": {"id": 3, "login": "ann", "type": "Robot"}}"""

    assert parse_event("pull_request", body) == PullRequestEvent(
        action="edited",
        number=7,
        pull_request=PullRequest(
            number=7,
            draft=True,
            user=User(3, "ann"),
            head=Branch("topic", "aa"),
            base=Branch("main", "bb", Repository(1, "octo/shop")),
        ),
        repository=Repository(1, "octo/shop", "main", private=False),
        installation=Installation(9),
        sender=User(3, "ann", "Robot"),
        changes=Changes(BaseChange(From("dev"), From("cc"))),
    )


def test_a_merge_group_is_read_with_both_ends():
    (payload, *_) = PAYLOADS["api.github.com"]["merge_group"]
    event = parse_event("merge_group", json.dumps(payload).encode())

    assert isinstance(event, MergeGroupEvent)
    assert event.merge_group == MergeGroup(
        **{name: payload["merge_group"][name] for name in ("head_sha", "head_ref", "base_sha", "base_ref")}
    )


def test_a_title_that_was_edited_changes_no_base():
    (payload, *_) = PAYLOADS["api.github.com"]["pull_request"]
    event = parse_event("pull_request", json.dumps({**payload, "changes": {"title": {"from": "x"}}}).encode())

    assert event.changes == Changes()


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"ref": "refs/heads/main"}, True),
        ({"ref": "refs/heads/other"}, False),
        ({"ref": "refs/tags/main"}, False),
        ({"ref": "refs/heads/main", "deleted": True}, False),
    ],
)
def test_a_push_to_the_default_branch_is_told_from_others(payload, expected):
    repository = {"id": 1, "full_name": "octo/shop", "default_branch": "main"}
    event = parse_event("push", json.dumps({"after": "aa", "repository": repository, **payload}).encode())

    assert event.is_default_branch is expected


def test_a_comment_on_an_issue_is_told_from_one_on_a_pull_request():
    frame = {"action": "created", "comment": {"id": 5}, "repository": {"id": 1, "full_name": "octo/shop"}}
    on_issue = parse_event("issue_comment", json.dumps({**frame, "issue": {"number": 2}}).encode())
    on_pull = parse_event("issue_comment", json.dumps({**frame, "issue": {"number": 2, "pull_request": {}}}).encode())

    assert not on_issue.is_on_pull_request
    assert on_pull.is_on_pull_request


def test_events_that_nothing_listens_to_are_ignored_unread():
    assert parse_event("star", b"not even JSON") == Ignored("star")


def test_a_ping_needs_nothing():
    assert parse_event("ping", b"{}") == PingEvent()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"{}",
        b'{"action": "opened", "number": "7"}',
        b'{"number": 1' + b"0" * 5000 + b"}",
        b'{"x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"action": "\xff"}',
    ],
    ids=["empty", "list", "cut", "no-text", "no-fields", "wrong-type", "huge-number", "deep", "bad-utf8"],
)
def test_a_malformed_payload_is_named_as_such(body):
    with pytest.raises(MalformedPayload, match="pull_request"):
        parse_event("pull_request", body)


@given(st.binary())
def test_any_body_is_read_or_malformed(body):
    with contextlib.suppress(MalformedPayload):
        parse_event("push", body)
