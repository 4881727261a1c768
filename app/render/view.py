"""What every rendering of one analysis is given."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import msgspec

from analyzers.finding import Location, Report, Side
from app.verdict import Verdict


class Target(msgspec.Struct, frozen=True):
    """What was analysed: commits are full object ids, "" where there is none."""

    kind: Literal["tree", "range", "pull_request", "merge_group", "base"] = "tree"
    commit: str = ""
    base: str = ""
    merge_base: str = ""


class Links(msgspec.Struct, frozen=True):
    """Where readers are sent: web addresses without a trailing slash, "" where there is none.

    `repository` is the repository's page at GitHub, `rules` the page that has one page below it for each rule.
    """

    repository: str = ""
    rules: str = ""

    def rule(self, rule_id: str) -> str:
        """Return the address of a rule's page, or ""."""
        return f"{self.rules}/{rule_id}" if self.rules else ""

    def line(self, commit: str, path: str, line: int) -> str:
        """Return the permanent address of one line, or ""."""
        if not self.repository or not commit:
            return ""
        return f"{self.repository}/blob/{commit}/{quote(path, errors='surrogateescape')}#L{line}"


class DiffLines(msgspec.Struct, frozen=True):
    """The lines of one file on which a review comment can stand: one range per hunk, of head and of base lines."""

    right: tuple[range, ...] = ()
    left: tuple[range, ...] = ()


class View(msgspec.Struct, frozen=True):
    """One report with all that its readers are shown beside it.

    `texts` and `base_texts` hold files of the two trees by path, as far as they are at hand; `diff` the lines of the
    hunks by path (of the head, for a deleted file of the base). `policy` says in words where the policy came from,
    `job` names the run, `commands` tells whether comments may give commands, `notes` are sentences with foreign names
    between backticks.
    """

    report: Report
    verdict: Verdict
    target: Target = Target()
    links: Links = Links()
    texts: Mapping[str, bytes] = {}
    base_texts: Mapping[str, bytes] = {}
    diff: Mapping[str, DiffLines] = {}
    policy: str = "default"
    job: str = ""
    notes: tuple[str, ...] = ()
    elapsed_ms: int = 0
    commands: bool = False

    def text_at(self, location: Location) -> bytes | None:
        """Return the file that a location lies in, None when it is not at hand."""
        texts = self.base_texts if location.side is Side.BASE else self.texts
        return texts.get(location.path)

    def link(self, path: str, line: int, side: Side = Side.HEAD) -> str:
        """Return the permanent address of one line, or ""."""
        commit = self.target.commit if side is Side.HEAD else (self.target.merge_base or self.target.base)
        return self.links.line(commit, path, line)

    def tool_name(self, key: str) -> str:
        """Return the name in a `server:name`."""
        known = next((row.name for row in self.report.tools if row.key == key), None)
        return known or key.rpartition(":")[2] or key
