"""No secret reaches the logs."""

import json
import logging

import pytest
import structlog

from app.logs import configure_logs, redact

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MiJ9abcdef.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        f"ghs_1234_{JWT}",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11AAAAAAA0_abcdefgh",
        JWT,
        PEM,
    ],
)
def test_tokens_and_keys_are_redacted(secret: str) -> None:
    assert redact(f"before {secret} after") == "before [redacted] after"


def test_ordinary_words_stay() -> None:
    text = "ghost_in_the_shell ghs_ eyJ high_level 3f2c1ab"

    assert redact(text) == text


def test_every_log_line_is_json_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    try:
        structlog.get_logger().info("token minted", token="ghs_16C7e42F292c6912", nested={"a": [JWT]}, body=b"raw")
        logging.getLogger("library").warning("Authorization: Bearer %s", JWT)
        try:
            raise ValueError("ghs_16C7e42F292c6912")
        except ValueError:
            logging.getLogger("library").exception("failed")
    finally:
        structlog.reset_defaults()
        logging.basicConfig(handlers=[logging.NullHandler()], force=True)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["token minted", "Authorization: Bearer [redacted]", "failed"]
    assert lines[0]["token"] == "[redacted]"
    assert lines[0]["nested"] == {"a": ["[redacted]"]}
    assert lines[0]["body"] == "3 bytes"
    assert "ValueError: [redacted]" in lines[2]["exception"]
