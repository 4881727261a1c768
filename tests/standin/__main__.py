"""Serve the stand-in by hand or for a benchmark: ``python -m tests.standin --port 9000 --repo PATH``.

It prints the environment that points the App at it, opens the pull requests asked for, delivers their
events if a webhook address is given, and at the end (Ctrl-C) shows what the App wrote.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.standin import git
from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

ENDING = {signal.SIGINT, signal.SIGTERM}


def main() -> None:
    """Serve until interrupted."""
    options = _options()
    # Before any thread starts: one that does not block them would take them from sigwait.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    with tempfile.TemporaryDirectory(prefix="standin-") as place, StandIn(options.port, Path(place)) as standin:
        standin.latency(options.latency)
        standin.app.webhook_url = options.webhook
        standin.app.webhook_secret = options.webhook_secret or standin.app.webhook_secret
        _print_environment(standin, Path(place) / "app.pem")
        repository = _adopt(standin, options.repo, options.name)
        pulls = [_open(standin, repository, asked) for asked in options.pull]
        for pull in pulls if options.webhook else ():
            delivery = standin.deliver("pull_request", "opened", repository=repository, pull=pull)
            _say(f"# delivered #{pull.number}: {delivery.status_code} {delivery.status}")
        signal.sigwait(ENDING)
        _print_result(standin, repository, pulls)
        for violation in standin.violations:
            _say(f"# violation: {violation}")
        standin.violations.clear()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--repo", type=Path, required=True, help="a git repository; a copy of it is served")
    parser.add_argument("--name", default="octo-org/server", help="owner/name to serve it under")
    parser.add_argument("--pull", action="append", default=[], metavar="HEAD[:BASE]", help="open a pull request")
    parser.add_argument("--webhook", metavar="URL", help="where to deliver the events of the pull requests")
    parser.add_argument("--webhook-secret", help="sign deliveries with this instead of a random secret")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    return parser.parse_args()


def _print_environment(standin: StandIn, key: Path) -> None:
    key.touch(mode=0o600)
    key.write_text(standin.app.private_key_pem, encoding="ascii")
    environment = {
        "GITHUB_API_URL": standin.url,
        "GITHUB_APP_ID": standin.app.id,
        "GITHUB_APP_PRIVATE_KEY_PATH": key,
        "GITHUB_WEBHOOK_SECRET": standin.app.webhook_secret,
    }
    for name, value in environment.items():
        _say(f"export {name}={value}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _adopt(standin: StandIn, source: Path, name: str) -> Repository:
    place = standin.directory / "served.git"
    git.run(source.resolve(), "clone", "--quiet", "--mirror", "--no-hardlinks", ".", str(place))
    return standin.create_repository(name, path=place)


def _open(standin: StandIn, repository: Repository, asked: str) -> PullRequest:
    head, _, base = asked.partition(":")
    return standin.open_pull(repository, head, base or repository.default_branch)


def _print_result(standin: StandIn, repository: Repository, pulls: list[PullRequest]) -> None:
    for pull in pulls:
        for run in standin.check_runs(pull.head_sha):
            _say(f"\n# #{pull.number} {run.name}: {run.status} {run.conclusion}: {run.title}")
            _say(f"{run.summary}\n{run.text}")
        for comment in standin.comments(repository, pull):
            _say(f"\n# {comment.path}:{comment.line}\n{comment.body}")


if __name__ == "__main__":
    main()
