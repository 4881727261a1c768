"""`skillaudit doctor`: what it says, how it ends, and that it keeps secrets to itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.doctor.outcome import Outcome, Status
from app.doctor.report import exit_status, to_json, to_text
from tests.app import databases
from tests.app.here import Here
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
ROOT = Path(__file__).parents[3]


def doctor(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "app", "doctor", *arguments],
        cwd=ROOT,
        env=kept | {"SKILLAUDIT_DATA_DIR": str(directory)} | environment,
        capture_output=True,
        text=True,
    )


def environment(patient) -> dict[str, str]:
    settings = patient.settings
    return {
        "GITHUB_API_URL": settings.github_api_url,
        "GITHUB_APP_ID": settings.github_app_id,
        "GITHUB_APP_PRIVATE_KEY": settings.private_key(),
        "GITHUB_WEBHOOK_SECRET": patient.standin.app.webhook_secret,
        "SKILLAUDIT_PUBLIC_URL": settings.skillaudit_public_url,
    }


@pytest.mark.parametrize(("secret", "answer"), [("", "ok       deliveries"), ("another", "failed   deliveries")])
def test_a_running_server_is_judged_by_what_it_answered(
    standin: StandIn, tmp_path: Path, secret: str, answer: str
) -> None:
    with Here(standin, tmp_path) as here:
        here.start()
        standin.app.webhook_secret = secret or standin.app.webhook_secret
        standin.deliver("ping")
        run = doctor(
            tmp_path,
            GITHUB_API_URL=standin.url,
            GITHUB_APP_ID=here.settings.github_app_id,
            GITHUB_APP_PRIVATE_KEY=here.settings.private_key(),
            GITHUB_WEBHOOK_SECRET="the-one-of-the-server",
            SKILLAUDIT_PUBLIC_URL=here.url,
            DATABASE_URL=databases.configured(tmp_path),
        )

    assert answer in run.stdout
    assert "ok       database" in run.stdout
    assert "ok       reachability" in run.stdout
    assert ("the secret at GitHub is not GITHUB_WEBHOOK_SECRET" in run.stdout) == bool(secret)


def outcome(status: Status) -> Outcome:
    return Outcome("webhook", status, "what is so", "" if status is Status.OK else "Do this.")


def test_a_healthy_installation_ends_with_0(patient, tmp_path: Path) -> None:
    run = doctor(tmp_path, "--format", "json", **environment(patient))

    document = json.loads(run.stdout)
    assert (run.returncode, document["healthy"], document["schema_version"]) == (0, True, 1)
    assert {check["check"] for check in document["checks"]} >= {"settings", "database", "analysis", "deliveries"}


def test_what_is_wrong_ends_with_1_and_no_secret_is_printed(patient, tmp_path: Path) -> None:
    patient.delivered(401)
    secrets = environment(patient)

    run = doctor(tmp_path, "--repository", "shop/server", **secrets)

    assert run.returncode == 1
    assert "failed   deliveries" in run.stdout
    assert "failed   branch rule" in run.stdout
    key_lines = secrets["GITHUB_APP_PRIVATE_KEY"].splitlines()[1:-1]
    hidden = [secrets["GITHUB_WEBHOOK_SECRET"], *key_lines, *(token.value for token in patient.standin.tokens())]
    assert [secret for secret in hidden if secret in run.stdout + run.stderr] == []


def test_settings_that_are_not_well_formed_are_named(tmp_path: Path) -> None:
    run = doctor(tmp_path, PORT="many")

    assert run.returncode == 1
    assert "PORT: Input should be a valid integer" in run.stdout


@pytest.mark.parametrize("name", ["server", "shop/..", "shop/server/more", "../server", "shop/ser ver"])
def test_a_repository_has_owner_and_name(tmp_path: Path, name: str) -> None:
    run = doctor(tmp_path, "--repository", name)

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "skillaudit: --repository takes OWNER/NAME\n"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((Status.OK, Status.WARNING, Status.SKIPPED), 0),
        ((Status.OK, Status.FAILED), 1),
        ((Status.FAILED, Status.UNKNOWN), 2),
    ],
)
def test_the_exit_status_tells_wrong_from_unknown(statuses: tuple[Status, ...], status: int) -> None:
    assert exit_status([outcome(one) for one in statuses]) == status


def test_the_text_has_a_line_for_each_check_and_one_for_what_to_do() -> None:
    assert to_text([outcome(Status.OK), outcome(Status.FAILED)]) == (
        "ok       webhook        what is so\n"
        "failed   webhook        what is so\n"
        "                        -> Do this.\n"
        "\n"
        "2 checks: 1 ok, 1 failed\n"
    )


def test_names_from_github_do_nothing_to_a_terminal() -> None:
    hostile = Outcome("installations", Status.FAILED, "evil\x1b[2J\n\u202eowner ghs_" + "a" * 36)

    for text in (to_text([hostile]), to_json([hostile])):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "a" * 36 not in text
