"""The settings: all there, well-formed, and free of the usual slips."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from app.doctor.outcome import Outcome, failed, ok, warning
from app.settings import Settings

CHECK: Final = "settings"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# GitHub advises a random text of high entropy; whoever guesses it can make this server review what they like.
SHORTEST_SECRET: Final = 16


def examine_settings(settings: Settings) -> Iterator[Outcome]:
    """Look at the settings themselves, without asking anybody."""
    if all(item.problem for item in settings.requirements()):
        advice = "If there is no App yet, start the server and open /setup there: it leads to one, with these settings."
        yield warning(CHECK, "nothing here tells of an App at GitHub", advice)
    for item in settings.requirements():
        if item.problem:
            yield failed(CHECK, f"{item.name}, {item.purpose}: {item.problem}", f"{item.obtain}.")
        else:
            yield ok(CHECK, f"{item.name} is usable")
    yield from _secrets(settings)
    yield from _addresses(settings)


def is_complete(settings: Settings) -> bool:
    """Tell whether GitHub can be asked with these settings."""
    return not any(item.problem for item in settings.requirements() if "APP" in item.name)


def travels_openly(address: str) -> bool:
    """Tell whether what is sent to an address can be read on the way."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK


def _secrets(settings: Settings) -> Iterator[Outcome]:
    secret = settings.github_webhook_secret.get_secret_value()
    if secret != secret.strip():
        yield warning(
            CHECK,
            "GITHUB_WEBHOOK_SECRET begins or ends with white space, which counts as part of it",
            "Take the white space away, unless the secret at GitHub has it, too.",
        )
    if secret and len(secret) < SHORTEST_SECRET:
        yield warning(
            CHECK,
            f"GITHUB_WEBHOOK_SECRET is shorter than {SHORTEST_SECRET} characters",
            "Choose a long random text, for example of `openssl rand -hex 32`, and enter it in both places.",
        )
    if settings.skillaudit_previous_webhook_secret.get_secret_value():
        yield warning(
            CHECK,
            "SKILLAUDIT_PREVIOUS_WEBHOOK_SECRET is set: deliveries signed with the old secret are still accepted",
            "Remove it once the new secret is entered at GitHub.",
        )
    if settings.github_app_private_key.get_secret_value() and settings.github_app_private_key_path is not None:
        yield warning(
            CHECK,
            "both GITHUB_APP_PRIVATE_KEY and GITHUB_APP_PRIVATE_KEY_PATH are set; the first one is used",
            "Remove the one that is not meant.",
        )


def _addresses(settings: Settings) -> Iterator[Outcome]:
    if travels_openly(settings.github_api_url):
        yield failed(CHECK, "GITHUB_API_URL is not https: tokens travel in the clear", "Use the https address.")
    if not settings.skillaudit_public_url:
        yield warning(
            CHECK,
            "SKILLAUDIT_PUBLIC_URL is not set: reviews cannot link to the pages about their rules",
            "Set it to the address at which people reach this server.",
        )
