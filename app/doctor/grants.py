"""What the App may do and hear, against what it needs; and what each installation has granted of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.doctor.outcome import Outcome, failed, ok, warning
from app.pages.manifest import load_manifest
from app.settings import Settings
from github.installations import AppDetails, InstallationDetails

PERMISSIONS: Final = "permissions"
EVENTS: Final = "events"
INSTALLATIONS: Final = "installations"
LEVELS: Final = {"read": 1, "write": 2, "admin": 3}
# Asked for by those who want what takes them: code scanning, and resolving threads.
OPTIONAL: Final = {"security_events": "write", "contents": "write"}
MAX_SHOWN: Final = 50
WHERE: Final = "the App's settings page, Permissions & events"


def needed_permissions(settings: Settings) -> dict[str, str]:
    """Return the permissions that this server works with, by app.yml and its settings."""
    resolving = {"contents": "write"} if settings.skillaudit_resolve_threads else {}
    return _named(load_manifest()["default_permissions"]) | resolving


def examine_permissions(details: AppDetails, needed: Mapping[str, str]) -> Iterator[Outcome]:
    """Compare what the App asks for with what it needs."""
    missing = lacking(details.permissions, needed)
    allowed = {**needed, **OPTIONAL}
    excess = lacking(allowed, details.permissions)
    if missing:
        advice = f"Add them on {WHERE}; every installation then has to accept them."
        yield failed(PERMISSIONS, f"the App does not ask for {', '.join(missing)}", advice)
    if excess:
        advice = f"Take them away on {WHERE}: nothing here uses them."
        yield warning(PERMISSIONS, f"the App asks for more than it needs: {', '.join(excess)}", advice)
    if not missing and not excess:
        yield ok(PERMISSIONS, "the App asks for what it needs, and nothing else")


def examine_events(details: AppDetails) -> Outcome:
    """Compare what the App subscribes to with what it acts on."""
    listed = load_manifest()["default_events"]
    wanted = [str(event) for event in listed] if isinstance(listed, list) else []
    missing = [event for event in wanted if event not in details.events]
    if missing:
        message = f"the App does not subscribe to {', '.join(missing)}"
        return failed(EVENTS, message, f"Tick them on {WHERE}, under Subscribe to events.")
    return ok(EVENTS, "the App subscribes to every event that it acts on")


def examine_installations(installations: Iterable[InstallationDetails], needed: Mapping[str, str]) -> Iterator[Outcome]:
    """Compare what each installation has granted with what is needed."""
    outcomes = [(one, _installation(one, needed)) for one in installations]
    wrong = [outcome for _, outcome in outcomes if outcome is not None]
    if not outcomes:
        yield warning(
            INSTALLATIONS, "the App is installed nowhere", "Install it on a repository, from its public page."
        )
    elif len(wrong) < len(outcomes):
        yield ok(INSTALLATIONS, f"{len(outcomes) - len(wrong)} of {len(outcomes)} have granted what is needed")
    yield from wrong[:MAX_SHOWN]
    if len(wrong) > MAX_SHOWN:
        yield failed(INSTALLATIONS, f"{len(wrong) - MAX_SHOWN} more have not", "Their owners have to act as above.")


def lacking(granted: Mapping[str, str], needed: Mapping[str, str]) -> list[str]:
    """Return what is needed beyond what is granted, as `name: level`."""
    return [
        f"{name}: {level}"
        for name, level in sorted(needed.items())
        if LEVELS.get(granted.get(name, ""), 0) < LEVELS.get(level, 0)
    ]


def _installation(installation: InstallationDetails, needed: Mapping[str, str]) -> Outcome | None:
    name = installation.account.login if installation.account is not None else str(installation.id)
    if installation.suspended_at is not None:
        advice = f"Unsuspend it, or leave it so: nothing is reviewed there. {installation.html_url}"
        return warning(INSTALLATIONS, f"{name}: suspended since {installation.suspended_at}", advice)
    missing = lacking(installation.permissions, needed)
    if not missing:
        return None
    advice = f"An owner of {name} has to accept the App's new permissions: {installation.html_url}"
    return failed(INSTALLATIONS, f"{name}: waits for {', '.join(missing)} to be accepted", advice)


def _named(permissions: object) -> dict[str, str]:
    if not isinstance(permissions, dict):
        raise TypeError("app.yml names no permissions")
    return {str(name): str(level) for name, level in permissions.items()}
