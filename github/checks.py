"""Check runs: created in progress, concluded once, annotated in steps of 50."""

import msgspec

from github.repositories import Repository

MAX_ANNOTATIONS = 50
MAX_OUTPUT_BYTES = 65_535


class Annotation(msgspec.Struct, frozen=True):
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


class CheckRun(msgspec.Struct, frozen=True):
    """A check run as GitHub stores it."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None = None
    external_id: str | None = None
    html_url: str | None = None
    annotations_count: int = 0


class NewCheckRun(msgspec.Struct, frozen=True):
    """What identifies a new check run."""

    name: str
    head_sha: str
    external_id: str
    details_url: str = ""


async def create_check_run(repository: Repository, new: NewCheckRun, output: Output | None = None) -> CheckRun:
    """Create a check run in progress."""
    raise NotImplementedError


async def update_check_run(repository: Repository, check_run_id: int, output: Output) -> CheckRun:
    """Show progress on a run that stays in progress; sends no annotations."""
    raise NotImplementedError


async def conclude_check_run(
    repository: Repository,
    check_run: CheckRun,
    conclusion: str,
    output: Output,
    actions: tuple[Action, ...] = (),
) -> CheckRun:
    """Conclude a run; its `annotations_count` first annotations are taken as sent, so that it can be called again."""
    raise NotImplementedError


async def read_check_run(repository: Repository, check_run_id: int) -> CheckRun:
    """Read a check run."""
    raise NotImplementedError


async def find_check_run(
    repository: Repository, head_sha: str, name: str, external_id: str, app_id: int
) -> CheckRun | None:
    """Find the App's check run with this external id on a commit, the newest if there are more."""
    raise NotImplementedError


async def list_check_runs(repository: Repository, head_sha: str, name: str, app_id: int) -> tuple[CheckRun, ...]:
    """List the App's check runs of this name on a commit, newest first."""
    raise NotImplementedError
