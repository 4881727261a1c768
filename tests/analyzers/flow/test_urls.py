"""Which part of an address a parameter controls, and what conditions on it are worth."""

import pytest

from analyzers.flow.authorities import host_labels, host_text, path_labels
from analyzers.flow.destinations import destination_condition
from analyzers.flow.labels import MARK
from tests.analyzers.programs import flow_of, given, named

PARTS = {
    "f'https://api.example.org/{x}'": ("path", "api.example.org"),
    "f'https://{x}/users'": ("host", ""),
    "f'https://{x}.example.org/users'": ("host", ""),
    "f'https://api.example.org{x}'": ("host", ""),
    "'https://api.example.org/' + x": ("path", "api.example.org"),
    "'https://api.example.org/%s' % x": ("path", "api.example.org"),
    "'https://{}/a'.format(x)": ("host", ""),
    "'https://api.example.org/a/{}'.format(x)": ("path", "api.example.org"),
    "x": ("host", ""),
    "x.strip()": ("host", ""),
    "'/'.join(['https://api.example.org', x])": ("path", "api.example.org"),
    "'/'.join(str(part).strip('/') for part in [BASE, x])": ("path", "api.example.org"),
    "'/'.join(part.rstrip('/') for part in (x, BASE))": ("host", ""),
    "''.join(part[:9] for part in [BASE, x])": ("host", ""),
    "urljoin('https://api.example.org/', x)": ("host", ""),
    "urljoin('https://api.example.org/', '/a/' + x)": ("path", "api.example.org"),
    "urljoin('https://api.example.org/', '/' + x)": ("host", ""),
    "'https://api.example.org' + ('/' + x if not x.startswith('/') else x)": ("path", "api.example.org"),
    "'https://api.example.org' + ('/' + x if x.startswith('/') else x)": ("host", ""),
    "f'https://api.example.org:8443/?q={x}'": ("path", "api.example.org"),
    "f'https://user@api.example.org/{x}'": ("path", "api.example.org"),
    "BASE + '/' + x": ("path", "api.example.org"),
    "made(x)": ("path", "api.example.org"),
    "'https://api.example.org/'": ("", "api.example.org"),
}


@pytest.mark.parametrize(("expression", "expected"), PARTS.items())
def test_a_parameter_controls_the_host_or_the_path(expression: str, expected: tuple[str, str]) -> None:
    flow = flow_of(
        f"""
        from urllib.parse import urljoin
        BASE = "https://api.example.org"
        def made(name):
            return f"{{BASE}}/users/{{name}}"
        def f(x):
            probe({expression})
        """
    )
    function = named(flow.program, "f")
    shape = flow.shapes.shape(function, given(function)[0])
    controls = {
        part: any(MARK in label for label in labels)
        for part, labels in (("host", host_labels(shape)), ("path", path_labels(shape)))
    }
    controlled = next((part for part, tainted in controls.items() if tainted), "")

    assert (controlled, host_text(shape)) == expected


CONDITIONS = {
    ("x in ('api.example.org', 'b.example.org')", True): "holds",
    ("x not in ('api.example.org',)", False): "holds",
    ("urlparse(x).hostname in HOSTS", True): "holds",
    ("urlparse(x).hostname == 'api.example.org'", True): "holds",
    ("urlparse(x).scheme == 'https'", True): "partial",
    ("x.startswith('https://api.example.org/')", True): "holds",
    ("x.startswith('https://api.example.org')", True): "broken",
    ("x.startswith('https://')", True): "partial",
    ("urlparse(x).hostname.endswith('.example.org')", True): "holds",
    ("urlparse(x).hostname.endswith('example.org')", True): "broken",
    ("'example.org' in x", True): "broken",
    ("urlparse(x).hostname in ('localhost', '127.0.0.1')", False): "broken",
    ("urlparse(x).hostname == 'localhost'", False): "broken",
    ("re.match(r'^https://api\\.example\\.org/', x)", True): "holds",
    ("re.match(r'^https://api.example.org/', x)", True): "broken",
    ("re.search(r'https://api\\.example\\.org/', x)", True): "broken",
    ("ipaddress.ip_address(x).is_private", False): "address is_private False",
    ("x", True): None,
    ("x == None", False): None,
    ("x in HOSTS", False): None,
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.items())
def test_a_condition_bounds_a_destination_or_is_passed_by(condition: tuple[str, bool], expected: str | None) -> None:
    text, truth = condition
    flow = flow_of(
        f"""
        import ipaddress, re
        from urllib.parse import urlparse
        HOSTS = {{"api.example.org"}}
        def f(x):
            probe({text})
        """
    )
    function = named(flow.program, "f")
    found = destination_condition(flow.labeler, function, given(function)[0], truth)

    assert (found.note.partition(":")[0] if found is not None else None) == expected


def test_addresses_that_many_calls_hand_on_are_read_once() -> None:
    steps = "".join(f"def f{n}(a, b):\n    return f{n - 1}(a + b, b + a)\n" for n in range(1, 20))
    flow = flow_of(f"def f0(a, b):\n    return 'https://' + a\n{steps}def g(x):\n    probe(f19(x, x))\n")
    function = named(flow.program, "g")

    assert host_labels(flow.shapes.shape(function, given(function)[0])) == {f"p{MARK}{function.id}{MARK}0"}


LISTED = {
    "r'^https://a\\.example/'": "holds",
    "r'^https://a\\.example'": "broken",
    "r'^https://.*'": "broken",
    "unknown()": None,
}


@pytest.mark.parametrize(("last", "expected"), LISTED.items())
def test_a_match_with_any_of_a_list_is_worth_what_its_weakest_pattern_is(last: str, expected: str | None) -> None:
    flow = flow_of(
        f"""
        import re
        TABLE = [{{"name": "a", "pattern": r"^https://b\\.example/"}}, {{"pattern": {last}}}]
        def f(x):
            allowed = [r"^https?://c\\.example/"]
            for row in TABLE:
                allowed.append(row["pattern"])
            any(probe(re.match(one, x)) for one in allowed)
        """
    )
    function = named(flow.program, "f")
    found = destination_condition(flow.labeler, function, given(function)[0], True)

    assert (found.note.partition(":")[0] if found is not None else None) == expected
