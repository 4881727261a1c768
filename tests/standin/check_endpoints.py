"""Answers about check runs."""

from typing import Any

from tests.standin import pull_payloads
from tests.standin.endpoints import for_installation
from tests.standin.exchange import Call, Refused, Reply, page
from tests.standin.records import Annotation, CheckRun

LONGEST_TEXT_BYTES = 65_535
LONGEST_MESSAGE_BYTES = 64 * 1024


@for_installation("checks/create", "checks:write")
def create(call: Call) -> Reply:
    """Create a check run on a commit of the repository."""
    head = call.repository.resolve(f"{call.body['head_sha']}^{{commit}}")
    if head is None or head != call.body["head_sha"]:
        raise Refused(422, f"No commit found for SHA: {call.body['head_sha']}")
    _check_limits(call.body.get("output", {}))
    now = call.state.now()
    run = CheckRun(
        id=next(call.state.ids),
        repository_id=call.repository.id,
        app=call.acting_app,
        name=call.body["name"],
        head_sha=head,
        status="queued",
        conclusion=None,
        external_id="",
        details_url="",
        started_at=now,
    )
    _apply(call, run)
    call.state.check_runs[run.id] = run
    return Reply(201, pull_payloads.check_run(call.repository, run, call.base_url))


@for_installation("checks/update", "checks:write")
def update(call: Call) -> Reply:
    """Change a check run of the same App; annotations are appended."""
    run = _run(call)
    if run.app is not call.acting_app:
        raise Refused(403, f"Invalid app_id `{run.app.id}` - check run can only be modified by its creator.")
    _check_limits(call.body.get("output", {}))
    _apply(call, run)
    return Reply(200, pull_payloads.check_run(call.repository, run, call.base_url))


@for_installation("checks/get", "checks:read")
def get(call: Call) -> Reply:
    """Answer with one check run."""
    return Reply(200, pull_payloads.check_run(call.repository, _run(call), call.base_url))


@for_installation("checks/list-annotations", "checks:read")
def list_annotations(call: Call) -> Reply:
    """Answer with the annotations of a check run."""
    run = _run(call)
    path = f"/repos/{call.repository.full_name}/check-runs/{run.id}/annotations"
    items, headers = page(call, run.annotations, path)
    return Reply(200, [_annotation(item, run) for item in items], headers=headers)


def _annotation(found: Annotation, run: CheckRun) -> dict[str, Any]:
    fields = {name: getattr(found, name) for name in Annotation.__slots__}
    return fields | {"blob_href": f"{run.head_sha}/{found.path}"}


@for_installation("checks/list-for-ref", "checks:read")
def list_for_ref(call: Call) -> Reply:
    """Answer with the check runs of a commit, newest first; ``latest`` keeps one of each App and name."""
    sha = call.repository.resolve(f"{call.parameters['ref']}^{{commit}}")
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.parameters['ref']}")
    found = [run for run in call.state.check_runs.values() if _is_wanted(call, run, sha)]
    found.sort(key=lambda run: -run.id)
    if call.query.get("filter", "latest") == "latest":
        found = list({(run.app.id, run.name): run for run in reversed(found)}.values())[::-1]
    items, headers = page(call, found, f"/repos/{call.repository.full_name}/commits/{sha}/check-runs")
    runs = [pull_payloads.check_run(call.repository, run, call.base_url) for run in items]
    return Reply(200, {"total_count": len(found), "check_runs": runs}, headers=headers)


def _is_wanted(call: Call, run: CheckRun, sha: str) -> bool:
    wanted = {"check_name": run.name, "status": run.status, "app_id": run.app.id}
    return (
        run.repository_id == call.repository.id
        and run.head_sha == sha
        and all(call.query.get(name, value) == value for name, value in wanted.items())
    )


def _run(call: Call) -> CheckRun:
    found = call.state.check_runs.get(call.parameters["check_run_id"])
    if found is None or found.repository_id != call.repository.id:
        raise Refused(404, "Not Found")
    return found


def _check_limits(output: dict[str, Any]) -> None:
    for name in ("summary", "text"):
        if len((output.get(name) or "").encode()) > LONGEST_TEXT_BYTES:
            raise Refused(
                422, f"Invalid request.\n\nOnly 65535 bytes are allowed; {name} exceeds a maximum bytesize of 65535."
            )
    for annotation in output.get("annotations", ()):
        _check_annotation(annotation)


def _check_annotation(annotation: dict[str, Any]) -> None:
    columns = {"start_column", "end_column"} & annotation.keys()
    too_long = any(
        len(annotation.get(name, "").encode()) > LONGEST_MESSAGE_BYTES for name in ("message", "raw_details")
    )
    if (
        too_long
        or len(annotation.get("title", "")) > 255
        or not 1 <= annotation["start_line"] <= annotation["end_line"]
        or (columns and annotation["start_line"] != annotation["end_line"])
    ):
        raise Refused(422, "Invalid request.", [{"resource": "CheckAnnotation", "code": "invalid"}])


def _apply(call: Call, run: CheckRun) -> None:
    body = call.body
    for name in ("name", "details_url", "external_id", "status", "actions"):
        if name in body:
            setattr(run, name, body[name])
    if "conclusion" in body:
        run.status, run.conclusion, run.completed_at = "completed", body["conclusion"], call.state.now()
    elif body.get("status") in {"queued", "in_progress"}:
        run.conclusion = run.completed_at = None
    output = body.get("output", {})
    for name in ("title", "summary", "text"):
        if name in output:
            setattr(run, name, output[name])
    run.annotations += [Annotation(**annotation) for annotation in output.get("annotations", ())]
    run.changes.append((run.status, run.conclusion))
