"""The command line: `skillaudit scan`, `review`, `tools`, `rules`, `serve` and `worker`."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app.formats import Format, Sureness, TableFormat, Threshold

if TYPE_CHECKING:
    from app.choices import Choices
    from app.local_audits import LocalAudit
    from app.render.view import View

app = typer.Typer(
    name="skillaudit",
    help="Review MCP servers for zero trust: never trust the caller, verify at the tool.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


FormatOption = Annotated[Format, typer.Option("--format", help="How to write the report.")]
TableFormatOption = Annotated[TableFormat, typer.Option("--format", help="How to write it.")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file instead of standard output.")]
FailOnOption = Annotated[
    Threshold | None,
    typer.Option("--fail-on", help="Exit 1 for findings of this severity or above. Default: the policy's gate, high."),
]
ConfidenceOption = Annotated[
    Sureness | None,
    typer.Option("--min-confidence", help="Count findings from this confidence on. Default: the policy's, medium."),
]
SelectOption = Annotated[list[str] | None, typer.Option("--select", metavar="RULE", help="Run only this rule.")]
IgnoreOption = Annotated[list[str] | None, typer.Option("--ignore", metavar="RULE", help="Do not run this rule.")]


@app.command()
def scan(  # noqa: PLR0913 - the options of a command are its parameters
    path: Annotated[Path, typer.Argument(help="A folder or a file.", show_default=True)] = Path(),
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    min_confidence: ConfidenceOption = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
) -> None:
    """Audit the MCP servers of a folder as it lies there.

    Exit status: 2 when it could not be done or something in scope is incomplete, 1 when something is at or above the
    threshold, else 0.
    """
    choices = _choices(fail_on, min_confidence, select, ignore)
    view = _audited(choices, lambda audit: audit.tree(path))
    _report(view, form, output)


@app.command()
def review(  # noqa: PLR0913 - the options of a command are its parameters
    repo: Annotated[Path, typer.Argument(help="A local git repository.")] = Path(),
    base: Annotated[str, typer.Option("--base", metavar="REV", help="The branch that the change goes to.")] = "",
    head: Annotated[str, typer.Option("--head", metavar="REV", help="The change.")] = "HEAD",
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    min_confidence: ConfidenceOption = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
) -> None:
    """Review a range of a local git repository, as the App reviews a pull request.

    Compared are the merge base of BASE and HEAD, and HEAD. Exit status as for `scan`.
    """
    if not base:
        _fail("review needs --base REV, the branch that the change goes to")
    choices = _choices(fail_on, min_confidence, select, ignore)
    view = _audited(choices, lambda audit: audit.range(repo, base, head))
    _report(view, form, output)


@app.command()
def tools(
    path: Annotated[Path, typer.Argument(help="A folder or a file.")] = Path(),
    form: TableFormatOption = TableFormat.TEXT,
    output: OutputOption = None,
) -> None:
    """Print what every tool can do, as whom, and who may call it.

    Exit status: 2 when it could not be done or something in scope is incomplete, else 0.
    """
    view = _audited(_choices(None, None, None, None), lambda audit: audit.tree(path))
    with _failures():
        from app.cli_output import is_plain, table, write

        write(table(view, form, is_plain(output)), output)
    raise typer.Exit(2 if view.report.incomplete else 0)


@app.command()
def rules(
    rule: Annotated[str, typer.Argument(metavar="[ID]", help="One rule's id, for its documentation.")] = "",
    form: TableFormatOption = TableFormat.TEXT,
    output: OutputOption = None,
) -> None:
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
        write(renderings[form]().encode(), output)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", help="The port. Default: PORT, or 8000.")] = None,
) -> None:
    """Serve the GitHub App: migrate the database, answer webhooks, review."""
    from app.main import serve as serve_app
    from app.settings import InvalidSettings

    try:
        serve_app(host, port)
    except InvalidSettings as error:
        _fail(str(error))


@app.command()
def worker() -> None:
    """Review for a server that shares its Postgres database with this machine."""
    from app.settings import InvalidSettings, load_settings

    try:
        settings = load_settings()
    except InvalidSettings as error:
        _fail(str(error))
    if settings.database_url.startswith("sqlite"):
        _fail("a worker of its own needs Postgres in DATABASE_URL; with SQLite, `skillaudit serve` reviews by itself")
    _fail("reviewing on several machines is not supported yet; run one `skillaudit serve`")


def main() -> None:
    """Run the command line."""
    try:
        app()
    except BrokenPipeError:
        # The reader of a pipe has gone, as in `skillaudit scan | head`; nothing is left to be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _choices(
    fail_on: Threshold | None, min_confidence: Sureness | None, select: list[str] | None, ignore: list[str] | None
) -> "Choices":
    from app.choices import Choices, listed

    return Choices(fail_on or "", min_confidence or "", listed(select or ()), listed(ignore or ()))


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
    raise typer.Exit(status(view))


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Tell in one line what stands in the way of a command, and end it with status 2."""
    from analyzers.policy import PolicyError
    from app.choices import UnknownRule
    from app.local_git import GitError
    from app.workers import AnalysisFailed

    try:
        yield
    except PolicyError as error:
        _fail(f".github/skillaudit.yml:{error.line}:{error.column}: {error.message}")
    except BrokenPipeError:
        raise
    except OSError as error:
        _fail(f"{error.filename}: {(error.strerror or 'failed').lower()}" if error.filename else str(error))
    except (GitError, UnknownRule, AnalysisFailed) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    """Say in one line why it could not be done, and end with status 2."""
    from app.render.escape import line

    typer.echo(f"skillaudit: {line(message)}", err=True)
    raise typer.Exit(2)
