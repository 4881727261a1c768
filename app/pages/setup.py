"""Creating the App on GitHub from the manifest, without this server ever seeing the new secrets.

GitHub answers the manifest with a one-time code to the operator's browser. The page shows the operator how to redeem
it in a terminal: the private key goes from GitHub to them, and into the settings, never through this server.
"""

import hmac
import re
import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import HTMLResponse

from app.pages.html import page
from app.pages.manifest import AddressError, addressed_manifest, checked_address

_STATE_COOKIE: Final = "skillaudit_setup"
_STATE_SECONDS: Final = 3600
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
# GitHub's rule for the names of accounts.
_ORGANIZATION: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


def create_setup_router(github_url: str, api_url: str) -> APIRouter:
    """Serve `/setup` and `/setup/created` for one GitHub, named by its web and API addresses."""
    router = APIRouter(include_in_schema=False)

    @router.get("/setup")
    def setup(request: Request, address: str = "", organization: str = "") -> HTMLResponse:
        problem = ""
        manifest = ""
        if address:
            try:
                manifest = addressed_manifest(address)
            except AddressError as error:
                problem = str(error)
        if organization and not _ORGANIZATION.fullmatch(organization):
            problem, manifest = "That is not the name of an organization.", ""
        values: dict[str, object] = {
            "address": address or _own_address(request),
            "organization": organization,
            "problem": problem,
            "manifest": manifest,
        }
        return _setup_page(values, github_url)

    @router.get("/setup/created")
    def created(
        code: Annotated[str, Query()] = "",
        state: Annotated[str, Query()] = "",
        expected: Annotated[str, Cookie(alias=_STATE_COOKIE)] = "",
    ) -> Response:
        # Without the state a stranger's link could make the operator adopt the stranger's App.
        valid = bool(expected) and hmac.compare_digest(state.encode(), expected.encode()) and _CODE.fullmatch(code)
        if not valid:
            return page("setup_refused.html", {}, status=400)
        response = page("setup_created.html", {"code": code, "api_url": api_url})
        response.delete_cookie(_STATE_COOKIE, path="/setup")
        return response

    return router


def _setup_page(values: dict[str, object], github_url: str) -> HTMLResponse:
    if not values["manifest"]:
        status = 400 if values["problem"] else 200
        return page("setup.html", values | {"action": ""}, status=status)
    state = secrets.token_urlsafe(32)
    owner = f"organizations/{values['organization']}/settings" if values["organization"] else "settings"
    action = f"{github_url}/{owner}/apps/new?state={state}"
    response = page("setup.html", values | {"action": action}, form_target=github_url)
    response.set_cookie(
        _STATE_COOKIE, state, max_age=_STATE_SECONDS, path="/setup", secure=True, httponly=True, samesite="lax"
    )
    return response


def _own_address(request: Request) -> str:
    try:
        return checked_address(str(request.base_url.replace(scheme="https")))
    except AddressError:
        return ""
