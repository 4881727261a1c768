"""Rebuild tests/github/payloads/webhooks.json from an unpacked npm package @octokit/webhooks-examples.

npm pack @octokit/webhooks-examples@7.6.1 && tar xzf octokit-webhooks-examples-7.6.1.tgz
python scripts/update_payloads.py package
"""

import argparse
import json
from pathlib import Path

TARGET = Path(__file__).parent.parent / "tests" / "github" / "payloads" / "webhooks.json"
EDITIONS = ("api.github.com", "ghes-35")
EVENTS = frozenset(
    """
    check_run check_suite installation installation_repositories issue_comment merge_group ping pull_request
    pull_request_review_comment pull_request_review_thread push
    """.split()
)
NOTICE = (
    "Examples of webhook payloads, shortened: addresses and e-mail addresses are left out. From the npm package "
    "{name} {version} by {author}, MIT licence, https://github.com/octokit/webhooks."
)

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def shortened(value: Json) -> Json:
    """Return a payload without the addresses that make up most of it."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items() if not is_address(key)}
    if isinstance(value, list):
        return [shortened(item) for item in value]
    return value


def is_address(key: str) -> bool:
    """Tell whether a key holds an address."""
    return key in ("url", "_links", "email") or key.endswith("_url")


def examples(package: Path) -> dict[str, Json]:
    """Return the examples of our events: edition, event, list of payloads."""
    return {
        edition: {
            event["name"]: shortened(event["examples"])
            for event in json.loads((package / edition / "index.json").read_text())
            if event["name"] in EVENTS
        }
        for edition in EDITIONS
    }


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="the unpacked package")
    package = parser.parse_args().package
    manifest = json.loads((package / "package.json").read_text())
    notice = NOTICE.format_map(manifest)
    content = {"notice": notice, "examples": examples(package)}
    TARGET.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
