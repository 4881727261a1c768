"""How commands are written."""

import pytest

from app.commands import MAX_REASON, Request, Verb, parse_command

FP = "0123abcd"


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        ("/skillaudit rerun", Request(Verb.RERUN)),
        ("  /skillaudit help  \n\nthanks", Request(Verb.HELP)),
        (f"/skillaudit explain {FP}", Request(Verb.EXPLAIN, FP)),
        (f"/skillaudit explain `{FP}`", Request(Verb.EXPLAIN, FP)),
        (f"/skillaudit ignore {FP} known, see #12", Request(Verb.IGNORE, FP, "known, see #12")),
        (f"/skillaudit accept {FP}\tbehind the gateway\r\nmore", Request(Verb.ACCEPT, FP, "behind the gateway")),
        (f"/skillaudit accept {FP} {'x' * 900}", Request(Verb.ACCEPT, FP, "x" * MAX_REASON)),
    ],
)
def test_a_command_is_the_first_line(body: str, request_: Request) -> None:
    assert parse_command(body) == request_


@pytest.mark.parametrize(
    "body",
    [
        "/skillaudit",
        "/skillaudit merge",
        "/skillaudit unknown",
        "/skillaudit rerun https://example.com/refs",
        f"/skillaudit accept {FP}",
        f"/skillaudit ignore {FP}   ",
        "/skillaudit accept because I say so",
        "/skillaudit explain 12ab",
        "/skillaudit explain ../../etc/passwd",
        f"/skillaudit ACCEPT {FP} reason",
    ],
)
def test_what_is_not_understood_is_told_apart(body: str) -> None:
    assert parse_command(body) == Request(Verb.UNKNOWN)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n",
        "\ufeff",
        "thanks",
        "> /skillaudit rerun",
        "Run /skillaudit rerun",
        "look\n/skillaudit rerun",
        "/skillaudits",
    ],
)
def test_other_comments_are_no_commands(body: str) -> None:
    assert parse_command(body) is None
