"""The words that the command line's options take."""

import enum


class Format(enum.StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "markdown"


class TableFormat(enum.StrEnum):
    """How a table or a document is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class DoctorFormat(enum.StrEnum):
    """How the state of an installation is written."""

    TEXT = "text"
    JSON = "json"


class Threshold(enum.StrEnum):
    """The severity from which a finding counts as failure."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    NEVER = "never"


class Sureness(enum.StrEnum):
    """The confidence from which a finding counts."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
