"""What is said of who may call a tool."""

import pytest

from analyzers.finding import Authorization
from app.render.wording import authorized_by


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        (Authorization("none"), "nothing"),
        (Authorization("per_tool", "cancel, server.py:9", "scope"), "claim `scope` (cancel, server.py:9)"),
        (
            Authorization("mode_gate", "server.py:9", "ALLOW_WRITES"),
            "the switch `ALLOW_WRITES` of the whole process (server.py:9)",
        ),
        (
            Authorization("downstream", "", "the caller's own credential"),
            "the service behind it, with the caller's own credential",
        ),
        (Authorization("unresolved"), "not resolved"),
    ],
)
def test_a_switch_of_the_process_is_no_claim_of_a_caller(authorization: Authorization, said: str) -> None:
    assert authorized_by(authorization) == said
