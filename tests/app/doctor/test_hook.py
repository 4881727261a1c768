"""What is wrong with the webhook is found and explained."""

import socket
from collections.abc import Sequence

import pytest

from app.doctor.hook import shown
from app.doctor.outcome import Status

pytest_plugins = ["tests.standin.plugin"]
OK, WARNING, FAILED = Status.OK, Status.WARNING, Status.FAILED


def test_an_app_without_webhook_is_told(patient) -> None:
    patient.standin.app.webhook_url = None

    assert patient.judgements("webhook") == [(FAILED, "the App has no webhook: it hears of nothing")]


def test_a_webhook_of_another_server_is_told(patient) -> None:
    patient.change(skillaudit_public_url="https://skillaudit.example")

    ((status, message),) = patient.judgements("webhook")

    assert status is FAILED
    assert message.endswith("this server is at https://skillaudit.example/webhook")


def test_without_an_own_address_the_path_is_judged(patient) -> None:
    patient.change(skillaudit_public_url="")
    assert [status for status, _ in patient.judgements("webhook")] == [OK]

    patient.standin.app.webhook_url = patient.standin.app.webhook_url.replace("/webhook", "/hook")
    assert "does not end in /webhook" in patient.judgements("webhook")[0][1]


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("webhook_content_type", "form", "the content type is form"),
        ("webhook_insecure_ssl", "1", "GitHub does not verify this server's certificate"),
    ],
)
def test_a_weak_set_up_is_told(patient, attribute: str, value: str, message: str) -> None:
    setattr(patient.standin.app, attribute, value)

    assert patient.judgements("webhook") == [(FAILED, message)]


def test_a_webhook_without_secret_is_told(patient) -> None:
    patient.standin.app.webhook_secret = ""

    assert patient.judgements("webhook") == [(FAILED, "deliveries are not signed, and therefore refused")]


def test_a_webhook_without_encryption_is_told(patient) -> None:
    patient.standin.app.webhook_url = "http://skillaudit.invalid/webhook"
    patient.change(skillaudit_public_url="http://skillaudit.invalid")

    assert patient.judgements("webhook") == [(FAILED, "GitHub delivers without encryption")]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "the secret at GitHub is not GITHUB_WEBHOOK_SECRET"),
        (404, "nothing answers at that address"),
        (400, "this server could not read the delivery"),
        (301, "the address redirects"),
        (408, "took too long"),
        (413, "too large"),
        (502, "a proxy answered"),
        (503, "the database could not be written"),
        (504, "a proxy answered"),
        (418, "an unexpected answer"),
        (0, "GitHub got no answer (failed to connect)"),
    ],
)
def test_the_answer_to_the_last_delivery_is_explained(patient, status: int, words: str) -> None:
    patient.delivered(status)

    ((judged, message),) = patient.judgements("deliveries")

    assert judged is FAILED
    assert words in message


def test_deliveries_that_were_lost_before_are_counted(patient) -> None:
    patient.delivered(401, 503, 503, 202)

    assert patient.judgements("deliveries") == [
        (WARNING, "the last one arrived, but 3 before it did not (1 with 401, 2 with 503)")
    ]


def test_deliveries_that_arrived_the_second_time_are_well(patient) -> None:
    webhook = patient.standin.webhook("pull_request", "opened", repository=patient.repository, pull=patient.pull)
    patient.standin.hooks.record(webhook, 503)
    patient.standin.hooks.record(webhook, 202, redelivery=True)

    assert patient.judgements("deliveries") == [(OK, "all of the last 2 arrived")]


def test_silence_is_told(patient) -> None:
    patient.standin.state.deliveries.clear()

    assert patient.judgements("deliveries") == [(WARNING, "GitHub has delivered nothing in the last three days")]


@pytest.mark.parametrize(("deliveries", "status"), [((202,), WARNING), ((0,), FAILED)])
def test_an_address_out_of_reach_weighs_by_whether_github_reaches_it(
    patient, deliveries: Sequence[int], status: Status
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    patient.standin.app.webhook_url = f"http://127.0.0.1:{port}/webhook"
    patient.delivered(*deliveries)

    ((judged, message),) = patient.judgements("reachability")

    assert judged is status
    assert "cannot be reached from here (ConnectError)" in message


@pytest.mark.parametrize("status", [200, 302, 404, 502])
def test_an_address_at_which_something_else_answers_is_told(patient, status: int) -> None:
    patient.receiver.status = status

    ((judged, message),) = patient.judgements("reachability")

    assert (judged, f"answers {status}:" in message) == (FAILED, True)


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert shown("https://user:password@host.example:8443/webhook?token=x#y") == "https://host.example:8443/webhook"
