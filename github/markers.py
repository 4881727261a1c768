"""The HTML comments by which we know our own comments and reviews again."""

import re

import msgspec

WORD = "[A-Za-z0-9_.:-]{1,128}"
MARKER = re.compile(
    f"<!-- skillaudit:v1 (?:fp=(?P<fp>{WORD})(?: proof=(?P<proof>{WORD}))?|review) job=(?P<job>{WORD}) -->"
)


class Marker(msgspec.Struct, frozen=True):
    """What a text of ours says about itself; a review's own body has no fingerprint.

    `proof` is by what its finding is known again where the fingerprint changed.
    """

    job: str
    fingerprint: str | None = None
    proof: str | None = None


def format_marker(job: str, fingerprint: str | None = None, proof: str | None = None) -> str:
    """Write the marker of a comment (with fingerprint) or of a review (without); it stands on a line of its own."""
    subject = "review" if fingerprint is None else f"fp={fingerprint}"
    if proof is not None:
        subject += f" proof={proof}"
    marker = f"<!-- skillaudit:v1 {subject} job={job} -->"
    if not MARKER.fullmatch(marker):
        raise ValueError("a marker holds letters, digits and _.:- only")
    return marker


def parse_marker(body: str) -> Marker | None:
    """Read the marker of a body, which means something only if we are its author.

    It counts on the last or the first line alone: what lies between may quote a repository.
    """
    lines = body.strip().splitlines() or [""]
    for line in (lines[-1], lines[0]):
        match = MARKER.fullmatch(line.strip())
        if match:
            return Marker(match["job"], match["fp"], match["proof"])
    return None
