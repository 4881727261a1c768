"""Answers about code scanning."""

import base64
import binascii
import gzip
import json
import uuid
import zlib
from typing import Any

from tests.standin.endpoints import for_installation
from tests.standin.exchange import Call, Refused, Reply
from tests.standin.records import Analysis

MAX_COMPRESSED = 10 * 1024 * 1024
MAX_RESULTS = 25_000
MAX_TAGS = 20


@for_installation("code-scanning/upload-sarif", "security_events:write")
def upload(call: Call) -> Reply:
    """Take a SARIF log about a commit that one of the repository's refs has."""
    if not call.repository.code_scanning:
        raise Refused(403, "Code Security must be enabled for this repository to use code scanning.")
    commit = call.body["commit_sha"]
    if call.repository.resolve(f"{commit}^{{commit}}") is None:
        raise Refused(404, "Not Found")
    if not _is_known(call, call.body["ref"]):
        raise Refused(422, "ref not found in this repository")
    log = _unpacked(call.body["sarif"])
    _check(log)
    made = Analysis(
        str(uuid.uuid4()), call.repository.id, commit, call.body["ref"], call.body.get("tool_name", "API"), log
    )
    call.state.analyses.append(made)
    url = f"{call.base_url}/repos/{call.repository.full_name}/code-scanning/sarifs/{made.id}"
    return Reply(202, {"id": made.id, "url": url})


@for_installation("code-scanning/get-sarif", "security_events:read")
def status(call: Call) -> Reply:
    """Answer with how far the processing of an upload has come."""
    made = next((item for item in call.state.analyses if item.id == call.parameters["sarif_id"]), None)
    if made is None or made.repository_id != call.repository.id:
        raise Refused(404, "Not Found")
    if made.pending:
        made.pending -= 1
        return Reply(200, {"processing_status": "pending"})
    if call.state.scanning_errors:
        return Reply(200, {"processing_status": "failed", "errors": call.state.scanning_errors})
    return Reply(200, {"processing_status": "complete"})


def _is_known(call: Call, ref: str) -> bool:
    kind, _, name = ref.removeprefix("refs/").partition("/")
    if kind == "pull":
        number, _, end = name.partition("/")
        return end in {"head", "merge"} and number.isdigit() and int(number) in call.repository.pulls
    return call.repository.resolve(ref) is not None


def _unpacked(text: str) -> dict[str, Any]:
    try:
        packed = base64.b64decode(text, validate=True)
        if len(packed) > MAX_COMPRESSED:
            raise Refused(413, "Payload Too Large")
        log = json.loads(gzip.decompress(packed))
    except (binascii.Error, OSError, EOFError, zlib.error, ValueError) as wrong:
        raise Refused(400, "Invalid SARIF. The SARIF must be gzipped and base64 encoded.") from wrong
    if not isinstance(log, dict) or log.get("version") != "2.1.0":
        raise Refused(400, "Invalid SARIF. Only version 2.1.0 is supported.")
    return log


def _check(log: dict[str, Any]) -> None:
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        if len(run["results"]) > MAX_RESULTS or any(len(rule["properties"]["tags"]) > MAX_TAGS for rule in rules):
            raise Refused(400, "Invalid SARIF. It exceeds a limit.")
