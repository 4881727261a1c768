import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.standin.repository import Repository

ROOT = Path(__file__).parents[2]


def test_it_is_served_from_the_command_line(standin, repository: Repository, pull):
    command = [sys.executable, "-m", "tests.standin", "--port", "0", "--repo", str(repository.path)]
    with subprocess.Popen(
        [*command, "--pull", "feature:main", "--webhook", "http://127.0.0.1:1/webhook"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        lines = [server.stdout.readline() for _ in range(5)]
        server.send_signal(signal.SIGINT)
        server.communicate()

    names = [line.removeprefix("export ").partition("=")[0] for line in lines[:4]]
    assert names == ["GITHUB_API_URL", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY_PATH", "GITHUB_WEBHOOK_SECRET"]
    assert lines[4] == "# delivered #1: 0 failed to connect\n"
    assert server.returncode == 0
