"""Constants under the name of a credential that nobody gets in with."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence, Severity
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


LOOKED_UP = """
def check(token: str, problems: list):
    {name} = ["your_token_here", "q7Zr2Lw9Xc4Vb8Nm1Kp6"]
    {use}
    return False
"""


@pytest.mark.parametrize(
    ("name", "use", "confidence"),
    [
        ("invalid_tokens", "if token in invalid_tokens: return False", Confidence.LOW),
        ("revoked_api_keys", "if token in revoked_api_keys: raise ValueError('revoked')", Confidence.LOW),
        (
            "known_bad_auth_tokens",
            "if token in known_bad_auth_tokens: problems.append('a known token')",
            Confidence.LOW,
        ),
        ("allowed_auth_tokens", "if token in allowed_auth_tokens: return True", Confidence.MEDIUM),
        ("valid_tokens", "if token in valid_tokens: return token", Confidence.MEDIUM),
        ("auth_tokens", "if token in auth_tokens: return False", Confidence.MEDIUM),
        ("not_revoked_auth_tokens", "if token in not_revoked_auth_tokens: problems.clear()", Confidence.MEDIUM),
        ("blocked_auth_tokens", "if token in blocked_auth_tokens: return True", Confidence.MEDIUM),
        (
            "blocked_auth_tokens",
            "if token not in blocked_auth_tokens: connect(blocked_auth_tokens[1])",
            Confidence.MEDIUM,
        ),
        ("invalid_tokens", "return connect(invalid_tokens)", Confidence.MEDIUM),
        ("invalid_tokens", "return lambda: token in invalid_tokens or connect(*invalid_tokens)", Confidence.MEDIUM),
        ("invalid_tokens", "problems.extend(invalid_tokens)", Confidence.MEDIUM),
        ("invalid_tokens", "if problems: return True", Confidence.MEDIUM),
    ],
)
def test_what_a_list_of_refused_values_is_only_looked_up_for_is_hardly_a_credential(
    name: str, use: str, confidence: Confidence
) -> None:
    report = analyze(tree_of({"server.py": LOOKED_UP.format(name=name, use=use)}))

    assert [item.confidence for item in report.findings if item.rule == "hardcoded-credential"] == [confidence]
