"""The App's manifest, as app.yml holds it, addressed to one server."""

import json
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

import app

_PACKAGE: Final = Path(app.__file__).parent
# Beside the packages in a checkout and in the container, inside the package in a wheel.
_PLACES: Final = (_PACKAGE.parent / "app.yml", _PACKAGE / "app.yml")


class AddressError(ValueError):
    """The address is not one that GitHub could deliver to."""


def load_manifest() -> dict[str, object]:
    """Read app.yml."""
    place = next(place for place in _PLACES if place.is_file())
    manifest = yaml.safe_load(place.read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise TypeError(f"{place} holds no mapping")
    return manifest


def addressed_manifest(address: str) -> str:
    """Return the manifest as JSON with every address on this server.

    Raises AddressError unless the address is `https://HOST[:PORT]`.
    """
    root = checked_address(address)
    manifest = load_manifest() | {
        "url": root,
        "hook_attributes": {"url": f"{root}/webhook", "active": True},
        "redirect_url": f"{root}/setup/created",
    }
    return json.dumps(manifest)


def checked_address(address: str) -> str:
    """Return `https://HOST[:PORT]` without a trailing slash; raises AddressError for anything else."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError as error:
        raise AddressError("That is not an address.") from error
    if parts.scheme != "https" or not parts.hostname:
        raise AddressError("The address begins with https:// and names a host.")
    if parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise AddressError("The address is only https:// and the host, with a port where needed.")
    return f"https://{parts.hostname}" + (f":{port}" if port else "")
