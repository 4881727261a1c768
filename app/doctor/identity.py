"""Whether id and key are those of one App, and whether our clock agrees with GitHub's."""

from typing import Final

from app.doctor.outcome import Outcome, failed, ok, unknown, warning
from app.settings import Settings
from github.errors import BadCredentials, CallFailed, NotFound, Refused
from github.installations import App, AppDetails

IDENTITY: Final = "identity"
CLOCK: Final = "clock"
# GitHub takes a signed statement that claims to be issued a minute ago and ends within ten.
WRONG_SECONDS: Final = 30.0
ODD_SECONDS: Final = 5.0
CLOCK_WORDS: Final = ("issued at", "expiration time", "'iat'", "'exp'")


async def examine_identity(app: App, settings: Settings) -> tuple[Outcome, AppDetails | None]:
    """Ask GitHub who we are."""
    try:
        details = await app.read()
    except CallFailed as error:
        return _refused(error, settings), None
    if str(details.id) != settings.github_app_id:
        advice = "Set GITHUB_APP_ID to the App ID of the App that the key belongs to."
        return failed(IDENTITY, f"the key belongs to App {details.id}, not {settings.github_app_id}", advice), None
    return ok(IDENTITY, f"GitHub knows this server as App {details.id}, {details.slug}"), details


def examine_clock(ahead: float | None) -> Outcome:
    """Judge how many seconds our clock is ahead of GitHub's; None when no answer told."""
    if ahead is None:
        return unknown(CLOCK, "GitHub sent no answer with its time", "See what keeps GitHub from being reached.")
    if abs(ahead) <= ODD_SECONDS:
        return ok(CLOCK, "our clock agrees with GitHub's")
    distance = f"our clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} GitHub's"
    advice = "Let the system keep its clock by NTP."
    if abs(ahead) <= WRONG_SECONDS:
        return warning(CLOCK, distance, advice)
    return failed(CLOCK, f"{distance}: it refuses what we sign", advice)


def _refused(error: CallFailed, settings: Settings) -> Outcome:
    match error:
        case BadCredentials() if any(words in error.message.lower() for words in CLOCK_WORDS):
            return failed(IDENTITY, f"GitHub refuses our signature: {error.message}", "Set the clock of this machine.")
        case BadCredentials():
            return failed(
                IDENTITY,
                f"GitHub refuses our signature: the private key is not one of App {settings.github_app_id}",
                "Generate a private key on the App's settings page and set it as GITHUB_APP_PRIVATE_KEY, or correct "
                "GITHUB_APP_ID.",
            )
        case NotFound():
            return failed(
                IDENTITY,
                f"{settings.github_api_url} knows no App {settings.github_app_id}",
                "Set GITHUB_APP_ID to the App ID on the App's settings page, and GITHUB_API_URL to the GitHub it is "
                "registered at.",
            )
        case Refused():
            return failed(IDENTITY, f"GitHub refuses: {error.message}", "See whether the App still exists at GitHub.")
    return unknown(
        IDENTITY,
        f"{settings.github_api_url} cannot be asked: {error.message}",
        "See whether this machine may connect to that address, and whether GitHub has an incident.",
    )
