"""Which comments a review posts, keeps, reopens and closes; decided from what stands on the pull request already."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import msgspec

from analyzers.finding import Finding
from app.evidence import proof
from app.moves import Moves
from app.render import github as render
from app.render.view import View
from app.tables import ThreadState
from app.verdict import gravest_first
from github.reviews import DraftComment
from github.threads import ReviewThread

MAX_NEW: Final = 15
MAX_OPEN: Final = 30
MAX_PER_RULE_AND_FILE: Final = 3
# Comments whose evidence changed and that are brought up to date in one review.
MAX_RENEWED: Final = 10


class Post(msgspec.Struct, frozen=True):
    """A finding to comment on."""

    finding: Finding
    draft: DraftComment


class Reopen(msgspec.Struct, frozen=True):
    """A finding that is back after its comment was closed; `body` is the comment as it read when open."""

    finding: Finding
    thread: ReviewThread
    body: str | None


class Move(msgspec.Struct, frozen=True):
    """An open comment whose finding goes by another fingerprint or has other evidence now; `body` says so."""

    finding: Finding
    thread: ReviewThread
    body: str


class Plan(msgspec.Struct, frozen=True):
    """What to do; when it is done, each finding of `inline` has a comment of ours, or had one that a human ended."""

    post: tuple[Post, ...] = ()
    reopen: tuple[Reopen, ...] = ()
    close: tuple[ReviewThread, ...] = ()
    move: tuple[Move, ...] = ()
    inline: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.post or self.reopen or self.close or self.move)

    def without_new(self) -> "Plan":
        """Return the plan that opens nothing."""
        fresh = {item.finding.fingerprint for item in self.post}
        return Plan(close=self.close, move=self.move, inline=self.inline - fresh)


class Standing(msgspec.Struct, frozen=True):
    """What stands: GitHub's threads, what we remember of our own, and the logins that are ours.

    `ignored` are the findings that people want no comment on, `elsewhere` those that are shown in the diff already,
    `moves` the fingerprints by which findings were known before.
    """

    threads: Sequence[ReviewThread]
    remembered: Mapping[str, ThreadState]
    logins: Collection[str]
    ignored: Collection[str] = ()
    elsewhere: Collection[str] = ()
    moves: Moves = {}

    def ours(self) -> dict[str, ReviewThread]:
        """Return our threads by the fingerprint that their finding has today; the oldest if there are more."""
        found: dict[str, ReviewThread] = {}
        for thread in self.threads:
            fingerprint = fingerprint_of(thread)
            if fingerprint:
                found.setdefault(self.moves.get(fingerprint, fingerprint), thread)
        return found

    def unknown(self) -> dict[str, ThreadState]:
        """Return the state of those of our threads that are not remembered."""
        found = {fingerprint_of(thread): thread for thread in self.threads if fingerprint_of(thread)}
        return {
            fingerprint: ThreadState.FIXED if is_closed(thread) else ThreadState.OPEN
            for fingerprint, thread in found.items()
            if fingerprint not in self.remembered
        }

    def is_dismissed(self, thread: ReviewThread) -> bool:
        """Tell whether a human resolved the thread."""
        return thread.is_resolved and thread.resolved_by not in self.logins

    def is_unwanted(self, fingerprint: str) -> bool:
        """Tell whether a finding needs no comment: a human deleted ours or asked for none, or it is shown already."""
        remembered = {self.moves.get(known, known) for known in self.remembered}
        return fingerprint in remembered or fingerprint in self.ignored or fingerprint in self.elsewhere

    def open_count(self) -> int:
        """Count our threads that are open."""
        return sum(not thread.is_resolved and not is_closed(thread) for thread in self.ours().values())


def fingerprint_of(thread: ReviewThread) -> str:
    """Return the fingerprint that a thread of ours was opened for, "" for those of others."""
    return (thread.marker.fingerprint or "") if thread.marker else ""


def is_closed(thread: ReviewThread) -> bool:
    """Tell whether we marked the thread's finding as fixed."""
    body = thread.comments[0].body
    return render.fixed_comment(body, "") == body


def plan_comments(view: View, standing: Standing) -> Plan:
    """Return what to do about each loud finding and each thread of ours."""
    threads = standing.ours()
    loud = [finding for finding in view.report.findings if finding.is_loud(view.verdict.min_confidence)]
    reopen = []
    fresh = []
    for finding in sorted(loud, key=gravest_first):
        thread = threads.get(finding.fingerprint)
        if thread is None:
            fresh.append(finding)
        elif finding.fingerprint in standing.ignored or finding.fingerprint in standing.elsewhere:
            continue
        elif is_closed(thread) and not standing.is_dismissed(thread):
            draft = render.inline_comment(view, finding)
            reopen.append(Reopen(finding, thread, draft.body if draft else None))
    post = _choose(view, standing, fresh, len(reopen))
    known = {finding.fingerprint for finding in loud} & set(threads)
    unwanted = {finding.fingerprint for finding in fresh if standing.is_unwanted(finding.fingerprint)}
    inline = known | unwanted | {item.finding.fingerprint for item in post}
    moved = (*_to_move(view, standing, loud), *islice(_to_renew(view, standing, loud), MAX_RENEWED))
    return Plan(tuple(post), tuple(reopen), _to_close(view, standing), moved, frozenset(inline))


def _choose(view: View, standing: Standing, findings: Sequence[Finding], reopened: int) -> list[Post]:
    room = min(MAX_NEW, MAX_OPEN - standing.open_count() - reopened)
    chosen: list[Post] = []
    crowd: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        place = (finding.rule, finding.location.path)
        if standing.is_unwanted(finding.fingerprint) or len(chosen) >= room or crowd[place] >= MAX_PER_RULE_AND_FILE:
            continue
        draft = render.inline_comment(view, finding)
        if draft is not None:
            crowd[place] += 1
            chosen.append(Post(finding, draft))
    return chosen


def _to_move(view: View, standing: Standing, loud: Sequence[Finding]) -> Iterator[Move]:
    threads = standing.ours()
    for finding in loud:
        thread = threads.get(finding.fingerprint)
        if thread is None or fingerprint_of(thread) == finding.fingerprint:
            continue
        if not is_closed(thread) and not standing.is_dismissed(thread):
            yield Move(finding, thread, render.comment_body(view, finding))


def _to_renew(view: View, standing: Standing, loud: Sequence[Finding]) -> Iterator[Move]:
    threads = standing.ours()
    for finding in sorted(loud, key=gravest_first):
        thread = threads.get(finding.fingerprint)
        marker = thread.marker if thread is not None else None
        if thread is None or marker is None or marker.fingerprint != finding.fingerprint or thread.has_reply:
            # What somebody answered to stays as it was.
            continue
        has_changed = marker.proof not in (None, proof(view.report, finding))
        if has_changed and not is_closed(thread) and not standing.is_dismissed(thread):
            yield Move(finding, thread, render.comment_body(view, finding))


def _to_close(view: View, standing: Standing) -> tuple[ReviewThread, ...]:
    if view.report.incomplete:
        # Gone from the report is not fixed while something was not read.
        return ()
    present = {finding.fingerprint for finding in view.report.findings}
    return tuple(
        thread
        for fingerprint, thread in standing.ours().items()
        if fingerprint not in present and not is_closed(thread) and not standing.is_dismissed(thread)
    )
