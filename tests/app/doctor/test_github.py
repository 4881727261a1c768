"""What is wrong with the App at GitHub is found and explained."""

import socket
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.doctor.identity import examine_clock
from app.doctor.outcome import Status
from tests.standin.faults import Fault, Kind
from tests.standin.repository import BranchRules, StatusCheckRule

pytest_plugins = ["tests.standin.plugin"]
OK, WARNING, FAILED, UNKNOWN, SKIPPED = Status.OK, Status.WARNING, Status.FAILED, Status.UNKNOWN, Status.SKIPPED


def test_a_healthy_app_passes_every_check(patient) -> None:
    rule = StatusCheckRule("SkillAudit", patient.standin.app.id)
    patient.repository.rules["main"] = BranchRules([rule])

    outcomes = patient.examine("shop/server")

    assert {outcome.status for outcome in outcomes} == {OK}
    assert [outcome.check for outcome in outcomes] == [
        "identity",
        "clock",
        "permissions",
        "events",
        "installations",
        "webhook",
        "deliveries",
        "reachability",
        "branch rule",
    ]


def test_every_failure_says_what_to_do(patient) -> None:
    patient.standin.app.events = ()
    patient.standin.app.permissions = {"metadata": "read"}
    patient.standin.app.webhook_content_type = "form"
    patient.delivered(401)
    patient.receiver.status = 404

    wrong = [outcome for outcome in patient.examine("shop/server") if outcome.status is not OK]

    assert len(wrong) == 6
    assert all(outcome.advice.endswith((".", "/")) for outcome in wrong)


def test_a_key_of_another_app_is_told(patient) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    patient.change(github_app_private_key=type(patient.settings.github_app_private_key)(key.decode()))

    ((status, message),) = patient.judgements("identity")

    assert (status, "private key is not one of App" in message) == (FAILED, True)
    assert {status for status, _ in patient.judgements("permissions")} == {SKIPPED}


def test_an_id_that_github_does_not_know_is_told(patient) -> None:
    patient.change(github_app_id="9999999")

    assert patient.judgements("identity") == [(FAILED, f"{patient.standin.url} knows no App 9999999")]


def test_without_credentials_github_is_not_asked(patient) -> None:
    patient.change(github_app_id="")

    assert {outcome.status for outcome in patient.examine("shop/server")} == {SKIPPED}
    assert patient.standin.log.operations() == []


def test_a_clock_that_runs_apart_is_told_although_signatures_follow_that_of_github(patient) -> None:
    patient.standin.advance(timedelta(minutes=-20))

    ((status, _),) = patient.judgements("identity")
    assert status == OK
    ((status, message),) = patient.judgements("clock")
    assert (status, "ahead of GitHub's" in message) == (FAILED, True)


@pytest.mark.parametrize(
    ("ahead", "status", "message"),
    [
        (0.0, OK, "our clock agrees with GitHub's"),
        (-4.0, OK, "our clock agrees with GitHub's"),
        (12.0, WARNING, "our clock is 12 s ahead of GitHub's"),
        (-90.0, FAILED, "our clock is 90 s behind GitHub's: it refuses what we sign"),
        (None, UNKNOWN, "GitHub sent no answer with its time"),
    ],
)
def test_the_distance_of_the_clocks_is_judged(ahead: float | None, status: Status, message: str) -> None:
    outcome = examine_clock(ahead)

    assert (outcome.status, outcome.message) == (status, message)


def test_github_out_of_reach_is_not_blamed_on_the_settings(patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    patient.change(github_api_url=f"http://127.0.0.1:{port}")

    statuses = {outcome.check: outcome.status for outcome in patient.examine()}

    assert (statuses["identity"], statuses["clock"], statuses["webhook"]) == (UNKNOWN, UNKNOWN, SKIPPED)


def test_what_github_does_not_answer_does_not_keep_the_rest_from_being_examined(patient) -> None:
    patient.standin.faults.add(Fault("GET", "/app/installations", Kind.FORBIDDEN, times=None))

    statuses = {outcome.check: outcome.status for outcome in patient.examine()}

    assert (statuses["installations"], statuses["webhook"]) == (UNKNOWN, OK)


def test_a_permission_that_the_app_does_not_ask_for_is_named(patient) -> None:
    del patient.standin.app.permissions["merge_queues"]
    patient.standin.app.permissions["checks"] = "read"

    assert patient.judgements("permissions") == [(FAILED, "the App does not ask for checks: write, merge_queues: read")]


def test_a_permission_that_nothing_uses_is_named(patient) -> None:
    patient.standin.app.permissions |= {"administration": "write", "security_events": "write"}

    assert patient.judgements("permissions") == [
        (WARNING, "the App asks for more than it needs: administration: write")
    ]


def test_resolving_threads_needs_its_permission(patient) -> None:
    patient.change(skillaudit_resolve_threads=True)

    assert patient.judgements("permissions") == [(FAILED, "the App does not ask for contents: write")]
    assert (FAILED, "shop: waits for contents: write to be accepted") in patient.judgements("installations")


def test_an_event_without_subscription_is_named(patient) -> None:
    patient.standin.app.events = tuple(event for event in patient.standin.app.events if event != "merge_group")

    assert patient.judgements("events") == [(FAILED, "the App does not subscribe to merge_group")]


def test_what_an_installation_has_not_granted_is_named(patient) -> None:
    del patient.standin.installation(patient.repository).permissions["checks"]
    patient.standin.create_repository("other/server")

    assert patient.judgements("installations") == [
        (OK, "1 of 2 have granted what is needed"),
        (FAILED, "shop: waits for checks: write to be accepted"),
    ]


def test_a_suspended_installation_is_named(patient) -> None:
    patient.standin.installation(patient.repository).suspended_at = datetime(2026, 1, 2, tzinfo=UTC)

    assert patient.judgements("installations") == [(WARNING, "shop: suspended since 2026-01-02T00:00:00Z")]


def test_an_app_that_is_installed_nowhere_is_told(patient) -> None:
    patient.standin.uninstall(patient.standin.installation(patient.repository))

    assert patient.judgements("installations") == [(WARNING, "the App is installed nowhere")]


def test_many_installations_do_not_fill_the_screen(patient) -> None:
    for number in range(60):
        repository = patient.standin.create_repository(f"org-{number}/server")
        patient.standin.installation(repository).permissions.clear()

    found = patient.judgements("installations")

    assert len(found) == 52
    assert found[-1] == (FAILED, "10 more have not")


def test_a_repository_without_installation_is_told(patient) -> None:
    patient.standin.create_repository("free/server", installed=False)

    assert patient.judgements("branch rule", "free/server") == [(FAILED, "the App is not installed on free/server")]
    assert patient.judgements("branch rule", "no/where") == [(FAILED, "the App is not installed on no/where")]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (None, "nothing requires the check SkillAudit"),
        (StatusCheckRule("tests", 1), "nothing requires the check SkillAudit"),
        (StatusCheckRule("SkillAudit"), "the check SkillAudit is required, but from anyone"),
        (StatusCheckRule("SkillAudit", 1), "the check SkillAudit is required from another App"),
    ],
)
def test_a_branch_that_lets_changes_past_the_check_is_told(patient, rule: StatusCheckRule | None, message: str) -> None:
    patient.repository.rules["main"] = BranchRules([rule] if rule else [])

    assert patient.judgements("branch rule", "Shop/Server") == [(FAILED, f"shop/server, main: {message}")]


def test_classic_protection_counts_as_well(patient) -> None:
    rule = StatusCheckRule("SkillAudit", patient.standin.app.id)
    patient.repository.rules["main"] = BranchRules(protected_checks=[rule])

    assert patient.judgements("branch rule", "shop/server") == [
        (OK, "shop/server, main: the check SkillAudit is required, from this App")
    ]


def test_a_rule_that_github_does_not_tell_stays_unknown(patient) -> None:
    patient.standin.faults.add(Fault("GET", "/rules/branches", Kind.SECONDARY_LIMIT_429))

    ((status, message),) = patient.judgements("branch rule", "shop/server")

    assert (status, "GitHub does not answer" in message) == (UNKNOWN, True)
