import re

import httpx
import pytest

from analyzers.policy import policy_schema
from analyzers.rule import Rule
from analyzers.rules import RULES
from tests.app import asking
from tests.app.pages.site import Site

PAGES = (
    "/",
    "/rules",
    f"/rules/{RULES[0].id}",
    "/setup",
    "/setup?address=https%3A%2F%2Faudit.example.org&organization=acme",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_works_without_scripts_and_allows_none(site: Site, path: str) -> None:
    answer = asking.get(site.address + path)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_list_of_rules_leads_to_a_page_for_every_rule(site: Site) -> None:
    with httpx.Client(base_url=site.address) as client:
        listed = re.findall(r'href="/rules/([^"]+)"', client.get("/rules").text)
        statuses = {client.get(f"/rules/{rule}").status_code for rule in listed}

    assert sorted(listed) == sorted(rule.id for rule in RULES)
    assert statuses == {200}


def sources(rule: Rule) -> list[str]:
    return [text for item in rule.examples for text in (*item.files.values(), *item.before.values())]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_page_says_what_why_and_how_with_the_lines_marked(site: Site, rule: Rule) -> None:
    text = asking.get(f"{site.address}/rules/{rule.id}").text

    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", text)

    assert headings[:3] == ["What it finds", "Why it matters", "Fix"]
    assert text.count('class="row marked"') == sum(source.count("# finding\n") for source in sources(rule))
    assert f"ignore[{rule.id}]" in text


def test_an_unknown_rule_is_named_and_escaped(site: Site) -> None:
    answer = asking.get(f"{site.address}/rules/%3Cimg src=x%3E")

    assert answer.status_code == 404
    assert "&lt;img src=x&gt;" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "http://audit.example.org",
        "https://",
        "https://user@host",
        "https://host/path",
        "https://host:port",
        "javascript:x",
    ],
)
def test_the_setup_refuses_an_address_github_could_not_deliver_to(site: Site, address: str) -> None:
    answer = asking.get(f"{site.address}/setup", params={"address": address})

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert 'method="post"' not in answer.text


def test_the_setup_refuses_a_name_that_is_no_organization(site: Site) -> None:
    parameters = {"address": "https://audit.example.org", "organization": "../evil"}

    assert asking.get(f"{site.address}/setup", params=parameters).status_code == 400


def test_the_code_is_shown_only_to_the_browser_that_asked_for_the_app(site: Site) -> None:
    prepared = asking.get(f"{site.address}/setup", params={"address": "https://audit.example.org"})
    cookie = prepared.cookies["skillaudit_setup"]
    with httpx.Client(base_url=site.address, cookies={"skillaudit_setup": cookie}) as client:
        shown = client.get("/setup/created", params={"code": "c0de", "state": cookie})
    stranger = asking.get(f"{site.address}/setup/created", params={"code": "c0de", "state": cookie})

    assert shown.status_code == 200
    assert "https://api.github.example/app-manifests/c0de/conversions" in shown.text
    assert stranger.status_code == 400
    assert "c0de" not in stranger.text


@pytest.mark.parametrize("code", ["", "a;rm -rf /", "$(id)", "é"])
def test_a_code_that_could_do_harm_in_a_terminal_is_not_shown(site: Site, code: str) -> None:
    with httpx.Client(base_url=site.address, cookies={"skillaudit_setup": "state"}) as client:
        answer = client.get("/setup/created", params={"code": code, "state": "state"})

    assert answer.status_code == 400


def test_editors_find_the_schema_of_the_policy(site: Site) -> None:
    answer = asking.get(f"{site.address}/policy.schema.json")

    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == policy_schema()
