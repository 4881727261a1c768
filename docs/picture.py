"""Draw docs/review.png: the story's pull request, reviewed by the running server, as a reader sees it on GitHub."""

import html
import time
from pathlib import Path
from typing import Final

import jinja2
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from playwright.sync_api import sync_playwright

from app.pages.highlight import highlight
from bench.served import served
from tests.standin.records import CheckRun, Comment
from tests.standin.server import StandIn

DOCS: Final = Path(__file__).parent
STORY: Final = DOCS / "story"
PROJECT: Final = '[project]\nname = "shop"\nversion = "1.0"\ndependencies = ["fastmcp>=4,<5"]\n'
SHOWN_BEFORE: Final = 3
WAIT_SECONDS: Final = 60.0


def review() -> tuple[CheckRun, list[Comment]]:
    """Open the story's pull request on a stand-in for GitHub, and return the check and the comments it gets."""
    before = (STORY / "server.py").read_text()
    entry = "if __name__ =="
    after = before.replace(entry, (STORY / "delete_customer_record.py").read_text() + entry)
    with StandIn() as github, served(github):
        repository = github.create_repository("acme/shop")
        repository.commit({"server.py": before, "pyproject.toml": PROJECT})
        repository.commit({"server.py": after}, "delete-customer")
        pull = github.open_pull(repository, "delete-customer", title="Let support delete a customer's record")
        github.deliver("pull_request", "opened", repository=repository, pull=pull)
        return _concluded(github, pull.head_sha), github.comments(repository, pull)


def _concluded(github: StandIn, head_sha: str) -> CheckRun:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for run in github.check_runs(head_sha, "SkillAudit"):
            if run.conclusion is not None:
                return run
        time.sleep(0.05)
    raise RuntimeError(f"no concluded check within {WAIT_SECONDS:.0f} s")


def _thread(comment: Comment) -> dict[str, object]:
    length = comment.line - comment.start_line + 1 if comment.line and comment.start_line else 1
    hunk = _up_to(comment)
    shown = hunk[-(length + SHOWN_BEFORE) :]
    added = [number for number, line in enumerate(shown, start=1) if line.startswith("+")]
    return {
        "path": comment.path,
        "hunk": highlight("\n".join(line[1:] for line in shown), "python", added, "added"),
        "body": _markdown(comment.body, [line[1:] for line in shown[-length:]]),
    }


def _up_to(comment: Comment) -> list[str]:
    header, *lines = comment.diff_hunk.splitlines()
    number = int(header.split("+")[1].split(",")[0].split()[0]) - 1
    for count, line in enumerate(lines, start=1):
        number += not line.startswith("-")
        if number == comment.line:
            return lines[:count]
    return lines


def _markdown(text: str, replaced: list[str]) -> Markup:
    def fence(_: RendererHTML, tokens: list[Token], index: int, _options: OptionsDict, _environment: EnvType) -> str:
        token = tokens[index]
        return _suggestion(replaced, token.content) if token.info == "suggestion" else _code(token)

    # The review escapes what is foreign in it; what is left is its own folding.
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader.add_render_rule("fence", fence)
    return Markup(reader.render(text))


def _suggestion(removed: list[str], added: str) -> str:
    rows = [("removed", line) for line in removed] + [("added", line) for line in added.splitlines()]
    code = "".join(f'<span class="row {kind}">{html.escape(line)}\n</span>' for kind, line in rows)
    return f'<div class="suggestion"><div class="bar">Suggested change</div><pre><code>{code}</code></pre></div>'


def _code(token: Token) -> str:
    return f"<pre><code>{highlight(token.content, token.info)}</code></pre>"


def main() -> None:
    """Review the story's pull request and write the picture."""
    check, comments = review()
    summary = _markdown(check.summary or "", [])
    template = jinja2.Template((DOCS / "picture.html").read_text(), autoescape=True, undefined=jinja2.StrictUndefined)
    page = template.render(check=check, summary=summary, threads=[_thread(comment) for comment in comments])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 900, "height": 800}, device_scale_factor=1.5)
        tab.set_content(page)
        tab.locator("main").screenshot(path=DOCS / "review.png")
        browser.close()


if __name__ == "__main__":
    main()
