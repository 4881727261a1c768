"""Constants under the name of a credential that nobody gets in with."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

CHECK = """
def check(token: str):
    api_keys = ["your_token_here", "q7Zr2Lw9Xc4Vb8Nm1Kp6"]
    if token in api_keys:
        {met}
    {other}
"""


@pytest.mark.parametrize(
    ("met", "other", "severity"),
    [
        pytest.param("return False", "return True", Severity.LOW, id="refused"),
        pytest.param('return False, "invalid"', "return True, ''", Severity.LOW, id="refused and told why"),
        pytest.param('raise ValueError("invalid")', "return token", Severity.LOW, id="refused with an error"),
        pytest.param("return True", "return False", Severity.HIGH, id="let in"),
        pytest.param("return True, ''", 'raise ValueError("invalid")', Severity.HIGH, id="let in, others refused"),
    ],
)
def test_a_credential_is_of_little_harm_where_it_is_one_that_is_refused(
    met: str, other: str, severity: Severity
) -> None:
    report = analyze(tree_of({"server.py": CHECK.format(met=met, other=other)}))

    assert [item.severity for item in report.findings if item.rule == "hardcoded-credential"] == [severity]
