import json
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from analyzers.rules import RULES
from app.settings import Requirement
from tests.app.pages.site import Site, Visit

PAGES = (
    "/",
    "/rules",
    f"/rules/{RULES[0].id}",
    "/setup",
    "/setup?address=https%3A%2F%2Faudit.example.org&organization=acme",
)
MISSING = (
    Requirement("GITHUB_APP_ID", "the number of the App", "the App's page", "not set"),
    Requirement("GITHUB_WEBHOOK_SECRET", "the shared secret", "the App's page", ""),
)
Visits = Callable[..., Visit]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_renders_without_complaint_and_asks_nobody_else_for_anything(visit: Visits, path: str) -> None:
    visited = visit()

    assert visited.open(path) == 200
    assert visited.page.locator("h1").count() == 1
    assert visited.complaints == []
    assert visited.foreign_requests == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_light_and_dark(visit: Visits, site: Site, path: str, scheme: str) -> None:
    site.requirements = MISSING
    visited = visit(color_scheme=scheme, bypass_csp=True)
    visited.open(path)

    violations = Axe().run(visited.page).response["violations"]

    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in violations] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_narrow_screen(visit: Visits, path: str) -> None:
    visited = visit(viewport={"width": 360, "height": 740})
    visited.open(path)

    width = visited.page.evaluate("document.documentElement.scrollWidth")

    assert width <= 360


def test_the_keyboard_reaches_the_content_and_every_link(visit: Visits) -> None:
    visited = visit()
    visited.open("/rules")
    links = visited.page.locator("a").count()

    reached = []
    for _ in range(links):
        visited.page.keyboard.press("Tab")
        reached.append(visited.page.evaluate("document.activeElement.textContent"))

    assert reached == visited.page.locator("a").all_text_contents()
    assert reached[0] == "Skip to the content"


def test_the_start_page_names_exactly_what_is_missing(visit: Visits, site: Site) -> None:
    site.requirements = MISSING
    visited = visit()
    visited.open("/")

    status = visited.page.locator("section[aria-labelledby=status]")

    assert status.locator("h2").text_content() == "Not connected to GitHub yet"
    assert status.locator("dt code").all_text_contents() == ["GITHUB_APP_ID"]
    assert "not set" in status.inner_text()


def test_the_start_page_says_when_nothing_is_missing(visit: Visits) -> None:
    visited = visit()
    visited.open("/")

    assert visited.page.locator("#status").text_content() == "Configured"


def test_the_setup_hands_github_the_manifest_of_this_server(visit: Visits) -> None:
    visited = visit()
    visited.open("/setup")
    visited.page.get_by_label("Public address of this server").fill("https://audit.example.org/")
    visited.page.get_by_label("Organization that owns the App").fill("acme")
    visited.page.get_by_role("button", name="Prepare the manifest").click()

    form = visited.page.locator("form[method=post]")
    manifest = json.loads(form.locator("input[name=manifest]").input_value())

    assert form.get_attribute("action").startswith("https://github.example/organizations/acme/settings/apps/new?state=")
    assert manifest["hook_attributes"] == {"url": "https://audit.example.org/webhook", "active": True}
    assert manifest["redirect_url"] == "https://audit.example.org/setup/created"
    assert "example/" not in json.dumps(manifest).replace("audit.example.org", "")
