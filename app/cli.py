"""The command line: `skillaudit scan`, `review`, `tools`, `rules`, `serve`, `worker` and `doctor`."""

import contextlib
import enum
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from app import __version__
from app.formats import DoctorFormat, Format, Sureness, TableFormat, Threshold

if TYPE_CHECKING:
    from app.choices import Choices
    from app.local_audits import LocalAudit
    from app.render.view import View

Command = TypeVar("Command", bound=Callable[..., None])
FILE = click.Path(path_type=Path)
REPOSITORY = re.compile(r"[A-Za-z0-9_-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


def _words(words: type[enum.StrEnum]) -> click.Choice[str]:
    return click.Choice([word.value for word in words])


def _format(words: type[enum.StrEnum]) -> Callable[[Command], Command]:
    return click.option("--format", "form", type=_words(words), default="text", help="How to write it.")


_output = click.option("--output", type=FILE, help="Write to this file instead of standard output.")


def _judging(command: Command) -> Command:
    """Add the options that decide what a report says and when it fails."""
    for option in (
        click.option("--ignore", metavar="RULE", multiple=True, help="Do not run this rule."),
        click.option("--select", metavar="RULE", multiple=True, help="Run only this rule."),
        click.option(
            "--min-confidence",
            type=_words(Sureness),
            help="Count findings from this confidence on. Default: the policy's, medium.",
        ),
        click.option(
            "--fail-on",
            type=_words(Threshold),
            help="Exit 1 for findings of this severity or above. Default: the policy's gate, high.",
        ),
        _output,
        _format(Format),
    ):
        command = option(command)
    return command


@click.group(name="skillaudit", context_settings={"help_option_names": ["--help", "-h"]})
@click.version_option(__version__, prog_name="skillaudit")
def app() -> None:
    """Review MCP servers for zero trust: never trust the caller, verify at the tool."""


@app.command()
@click.argument("path", type=FILE, default=Path())
@_judging
def scan(path: Path, form: str, output: Path | None, **judging: object) -> None:
    """Audit the MCP servers of a folder as it lies there.

    Exit status: 2 when it could not be done or something in scope is incomplete, 1 when something is at or above the
    threshold, else 0.
    """
    view = _audited(_choices(judging), lambda audit: audit.tree(path))
    _report(view, Format(form), output)


@app.command()
@click.argument("repo", type=FILE, default=Path())
@click.option("--base", metavar="REV", default="", help="The branch that the change goes to.")
@click.option("--head", metavar="REV", default="HEAD", show_default=True, help="The change.")
@_judging
def review(repo: Path, base: str, head: str, form: str, output: Path | None, **judging: object) -> None:
    """Review a range of a local git repository, as the App reviews a pull request.

    Compared are the merge base of BASE and HEAD, and HEAD. Exit status as for `scan`.
    """
    if not base:
        _fail("review needs --base REV, the branch that the change goes to")
    view = _audited(_choices(judging), lambda audit: audit.range(repo, base, head))
    _report(view, Format(form), output)


@app.command()
@click.argument("path", type=FILE, default=Path())
@_format(TableFormat)
@_output
def tools(path: Path, form: str, output: Path | None) -> None:
    """Print what every tool can do, as whom, and who may call it.

    Exit status: 2 when it could not be done or something in scope is incomplete, else 0.
    """
    view = _audited(_choices({}), lambda audit: audit.tree(path))
    with _failures():
        from app.cli_output import is_plain, table, write

        write(table(view, TableFormat(form), is_plain(output)), output)
    sys.exit(2 if view.report.incomplete else 0)


@app.command()
@click.argument("rule", metavar="[ID]", default="")
@_format(TableFormat)
@_output
def rules(rule: str, form: str, output: Path | None) -> None:
    """List the rules, or explain one."""
    with _failures():
        from app.choices import check_rule
        from app.cli_output import is_plain, terminal, write
        from app.render import rule_texts

        chosen = [check_rule(rule, rule_texts.rule_ids())] if rule else []
        renderings: dict[TableFormat, Callable[[], str]] = {
            TableFormat.TEXT: lambda: rule_texts.to_text(chosen, *terminal(is_plain(output))),
            TableFormat.JSON: lambda: rule_texts.to_json(chosen),
            TableFormat.MARKDOWN: lambda: rule_texts.to_markdown(chosen),
        }
        write(renderings[TableFormat(form)]().encode(), output)


@app.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=int, help="The port. Default: PORT, or 8000.")
def serve(host: str, port: int | None) -> None:
    """Serve the GitHub App: migrate the database, answer webhooks, review."""
    from app.main import serve as serve_app
    from app.settings import InvalidSettings

    try:
        serve_app(host, port)
    except InvalidSettings as error:
        _fail(str(error))


@app.command()
def worker() -> None:
    """Review for servers that share their Postgres database with this machine, until told to stop."""
    from app.main import work
    from app.settings import InvalidSettings

    try:
        work()
    except InvalidSettings as error:
        _fail(str(error))


@app.command()
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def backup(target: Path) -> None:
    """Copy the SQLite database to FILE, also while a server uses it."""
    from app.backup import BackupFailed, back_up
    from app.settings import InvalidSettings, load_settings

    try:
        size = back_up(load_settings(), target)
    except (InvalidSettings, BackupFailed) as error:
        _fail(str(error))
    click.echo(f"{target}: {size:,} bytes", err=True)


@app.command()
@click.option("--repository", metavar="OWNER/NAME", default="", help="Also judge the rule of its default branch.")
@_format(DoctorFormat)
@_output
def doctor(repository: str, form: str, output: Path | None) -> None:
    """Find out what keeps the App from working, here and at GitHub, and what to do about it.

    Exit status: 2 when something could not be found out, 1 when something is wrong, else 0.
    """
    if repository and not REPOSITORY.fullmatch(repository):
        _fail("--repository takes OWNER/NAME")
    from app.cli_output import write
    from app.doctor.examination import examine
    from app.doctor.report import exit_status, to_json, to_text

    outcomes = examine(repository)
    with _failures():
        write((to_json(outcomes) if form == DoctorFormat.JSON else to_text(outcomes)).encode(), output)
    sys.exit(exit_status(outcomes))


def main() -> None:
    """Run the command line."""
    try:
        app()
    except BrokenPipeError:
        # The reader of a pipe has gone, as in `skillaudit scan | head`; nothing is left to be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _choices(judging: Mapping[str, object]) -> "Choices":
    from app.choices import Choices, listed

    def words(name: str) -> tuple[str, ...]:
        given = judging.get(name)
        return listed(given) if isinstance(given, tuple) else ()

    return Choices(
        str(judging.get("fail_on") or ""), str(judging.get("min_confidence") or ""), words("select"), words("ignore")
    )


def _audited(choices: "Choices", work: "Callable[[LocalAudit], View]") -> "View":
    with _failures():
        from app.local_audits import LocalAudit, analysis_pool
        from app.progress import progress_bar

        with progress_bar() as on_progress, analysis_pool() as pool:
            return work(LocalAudit(choices, pool, on_progress))


def _report(view: "View", form: Format, output: Path | None) -> NoReturn:
    with _failures():
        from app.cli_output import is_plain, rendered, status, write

        write(rendered(view, form, is_plain(output)), output)
    sys.exit(status(view))


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Tell in one line what stands in the way of a command, and end it with status 2."""
    from analyzers.policy import PolicyError
    from app.choices import UnknownRule
    from app.local_git import GitError
    from app.worker_process import WorkerNotStarted
    from app.workers import AnalysisFailed

    try:
        yield
    except PolicyError as error:
        _fail(f".github/skillaudit.yml:{error.line}:{error.column}: {error.message}")
    except BrokenPipeError:
        raise
    except OSError as error:
        _fail(f"{error.filename}: {(error.strerror or 'failed').lower()}" if error.filename else str(error))
    except (GitError, UnknownRule, AnalysisFailed, WorkerNotStarted) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    """Say in one line why it could not be done, and end with status 2."""
    from app.render.escape import line

    click.echo(f"skillaudit: {line(message)}", err=True)
    sys.exit(2)
