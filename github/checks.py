"""Check runs: created in progress, concluded once, annotated in steps of 50."""

import datetime

import msgspec

from github.budgets import clip, cut
from github.repositories import Repository

MAX_ANNOTATIONS = 50
# What GitHub counts in bytes, although its description says characters.
MAX_OUTPUT_BYTES = 65_535
MAX_ANNOTATION_BYTES = 64_000
MAX_TITLE_BYTES = 255
MAX_ACTIONS = 3
CUT = "… cut: more than GitHub shows."


class Annotation(msgspec.Struct, frozen=True, omit_defaults=True):
    """A note on lines of the head; `annotation_level` is notice, warning or failure; columns only within one line."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str
    message: str
    title: str = ""
    raw_details: str = ""
    start_column: int | None = None
    end_column: int | None = None


class Action(msgspec.Struct, frozen=True):
    """A button on a concluded run: label 20, description 40, identifier 20 characters at most."""

    label: str
    description: str
    identifier: str


class Output(msgspec.Struct, frozen=True):
    """What a check run shows; texts are cut to GitHub's limits when sent."""

    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()


class StoredOutput(msgspec.Struct, frozen=True):
    """What is read of a stored output."""

    title: str | None = None
    summary: str | None = None
    annotations_count: int = 0


class CheckRun(msgspec.Struct, frozen=True):
    """A check run as GitHub stores it."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None = None
    external_id: str | None = None
    html_url: str | None = None
    output: StoredOutput = StoredOutput()


class NewCheckRun(msgspec.Struct, frozen=True):
    """What identifies a new check run."""

    name: str
    head_sha: str
    external_id: str
    details_url: str = ""


class CheckRuns(msgspec.Struct, frozen=True):
    """A page of check runs."""

    check_runs: tuple[CheckRun, ...]


CHECK_RUN = msgspec.json.Decoder(CheckRun)
CHECK_RUNS = msgspec.json.Decoder(CheckRuns)
ONE = "/check-runs/{check_run_id}"


async def create_check_run(repository: Repository, new: NewCheckRun, output: Output | None = None) -> CheckRun:
    """Create a check run in progress; raise WriteOutcomeUnknown when only `find_check_run` can tell."""
    body: dict[str, object] = {
        "name": new.name,
        "head_sha": new.head_sha,
        "external_id": new.external_id,
        "status": "in_progress",
        "started_at": _now(repository),
    }
    if new.details_url:
        body["details_url"] = new.details_url
    if output is not None:
        body["output"] = output_body(output, ())
    return await repository.write("POST", "/check-runs", CHECK_RUN, body)


async def conclude_check_run(
    repository: Repository,
    check_run: CheckRun,
    conclusion: str,
    output: Output,
    actions: tuple[Action, ...] = (),
) -> CheckRun:
    """Conclude a run with the last 50 of its annotations; the others go before.

    GitHub appends annotations, so as many as the given run already has are taken as sent: after WriteOutcomeUnknown
    read the run again and repeat the call.
    """
    pending = output.annotations[check_run.output.annotations_count :]
    while len(pending) > MAX_ANNOTATIONS:
        body: dict[str, object] = {"output": output_body(output, pending[:MAX_ANNOTATIONS])}
        await repository.write("PATCH", ONE, CHECK_RUN, body, check_run_id=check_run.id)
        pending = pending[MAX_ANNOTATIONS:]
    concluded: dict[str, object] = {
        "status": "completed",
        "conclusion": conclusion,
        "completed_at": _now(repository),
        "output": output_body(output, pending),
        "actions": actions[:MAX_ACTIONS],
    }
    return await repository.write("PATCH", ONE, CHECK_RUN, concluded, check_run_id=check_run.id)


async def read_check_run(repository: Repository, check_run_id: int) -> CheckRun:
    """Read a check run."""
    return await repository.get(ONE, CHECK_RUN, check_run_id=check_run_id)


async def list_check_runs(repository: Repository, head_sha: str, name: str, app_id: int) -> tuple[CheckRun, ...]:
    """List the App's check runs of this name on a commit, newest first."""
    params: dict[str, str | int] = {"check_name": name, "app_id": app_id, "filter": "all"}
    found: list[CheckRun] = []
    async for page in repository.pages("/commits/{ref}/check-runs", CHECK_RUNS, params, ref=head_sha):
        found.extend(page.check_runs)
    return tuple(sorted(found, key=lambda run: run.id, reverse=True))


async def find_check_run(
    repository: Repository, head_sha: str, name: str, external_id: str, app_id: int
) -> CheckRun | None:
    """Find the App's check run with this external id on a commit, the newest if there are more."""
    runs = await list_check_runs(repository, head_sha, name, app_id)
    return next((run for run in runs if run.external_id == external_id), None)


def output_body(output: Output, annotations: tuple[Annotation, ...]) -> dict[str, object]:
    """Return an output as GitHub takes it, with these annotations (50 at most)."""
    body: dict[str, object] = {
        "title": clip(output.title, MAX_TITLE_BYTES),
        "summary": cut(output.summary, MAX_OUTPUT_BYTES, CUT),
        "text": cut(output.text, MAX_OUTPUT_BYTES, CUT),
    }
    if annotations:
        body["annotations"] = [_fitted(annotation) for annotation in annotations]
    return body


def _fitted(annotation: Annotation) -> Annotation:
    in_one_line = annotation.start_line == annotation.end_line
    return msgspec.structs.replace(
        annotation,
        message=cut(annotation.message, MAX_ANNOTATION_BYTES),
        title=clip(annotation.title, MAX_TITLE_BYTES),
        raw_details=cut(annotation.raw_details, MAX_ANNOTATION_BYTES),
        start_column=annotation.start_column if in_one_line else None,
        end_column=annotation.end_column if in_one_line else None,
    )


def _now(repository: Repository) -> str:
    moment = datetime.datetime.fromtimestamp(repository.client.timing.clock(), datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
