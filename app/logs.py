"""Structured logs: one JSON object a line, without any token or key in it."""

import logging
import re
import sys
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# GitHub's tokens in all their forms (`ghs_` may be followed by a whole JWT), JWTs, and keys in PEM form.
_SECRET: Final = re.compile(
    r"gh[a-z]_[A-Za-z0-9_.\-]{8,}|github_pat_\w{8,}|eyJ[\w\-]{8,}\.[\w\-]{8,}(?:\.[\w\-]*)?"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_REDACTED: Final = "[redacted]"


def redact(text: str) -> str:
    """Return a text with every token and private key replaced."""
    return _SECRET.sub(_REDACTED, text)


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Redact every text of a log event, at any depth."""
    return {key: _redacted(value) for key, value in event.items()}


def configure_logs(level: str = "INFO") -> None:
    """Send this program's and its libraries' logs to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_event,
            structlog.processors.JSONRenderer(default=str),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # httpx logs every request with its whole address, alembic and procrastinate what they always do.
    for chatty in ("httpx", "alembic", "procrastinate"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {_redacted(key): _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    return value
