"""What proves a finding, as a short text that stays the same while code moves."""

import hashlib
from typing import Final

import msgspec
import re2

from analyzers.finding import Finding, Report, ToolRow

# Places move when lines are inserted above them or files renamed; what stands there is told by the words around.
# A host with its port looks like one, but is not.
_PLACES: Final = re2.compile(r"[\w./-]+\.(?:pyi?|[cm]?[jt]sx?|json|ya?ml|toml|cfg|ini):\d+|\blines? \d+")


def digest(report: Report, finding: Finding) -> str:
    """Return a digest of what proves a finding and of the authority of its tools; without lines and paths."""
    rows = [_authority(row) for row in report.tools if row.key in finding.tools]
    notes = [_placeless(step.note) for step in finding.evidence]
    told = [
        str(finding.severity),
        str(finding.confidence),
        _placeless(finding.message),
        notes,
        sorted(rows, key=repr),
    ]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:32]


def proof(report: Report, finding: Finding) -> str:
    """Return the rule and the digest, by which a finding is known again where its fingerprint changed."""
    return f"{finding.rule}:{digest(report, finding)}"


def _placeless(text: str) -> str:
    return str(_PLACES.sub("", text))


def _authority(row: ToolRow) -> list[object]:
    # Not where a check stands, only what it is: it may move.
    return [
        row.name,
        row.reached,
        _placeless(row.authentication),
        row.authorization.kind,
        row.authorization.claim,
        sorted(row.capabilities),
        sorted(_placeless(credential) for credential in row.credentials),
        sorted(row.network),
        _placeless(row.audit),
    ]
