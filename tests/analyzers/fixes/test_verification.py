"""What a patch of a TLS context leaves to the author."""

import pytest

from analyzers.finding import Safety
from tests.analyzers.programs import fixed_by

CONTEXT = """\
import ssl

context = ssl.create_default_context({authority})
context.check_hostname = False
{mode}"""


@pytest.mark.parametrize(
    ("authority", "mode", "safety"),
    [
        ("", "", Safety.REVIEW),
        ('cafile="/etc/peer.pem"', "", Safety.REVIEW),
        ("", "context.verify_mode = ssl.CERT_NONE\n", Safety.SAFE),
    ],
)
def test_a_host_name_that_is_not_checked_beside_an_authority_may_have_its_reason(
    authority: str, mode: str, safety: Safety
) -> None:
    fix, changed = fixed_by({"server.py": CONTEXT.format(authority=authority, mode=mode)}, "tls-verification-disabled")

    assert fix is not None
    assert fix.safety is safety
    assert "check_hostname = True" in changed["server.py"]
