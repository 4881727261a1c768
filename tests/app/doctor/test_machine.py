"""What is wrong on this machine is found and explained."""

import sqlite3
from pathlib import Path

import pytest

from app.doctor.alerts import examine_alerts
from app.doctor.configuration import examine_settings
from app.doctor.database import examine_database
from app.doctor.outcome import Status
from app.doctor.processes import examine_processes
from app.settings import Settings
from app.store import Store
from app.tables import Upload
from app.workers import AnalysisPool

OK, WARNING, FAILED = Status.OK, Status.WARNING, Status.FAILED
ENGINES = Path(__file__).parents[1] / "engines"
SECRET = "0123456789abcdef"


def database(path: Path) -> Settings:
    return Settings(DATABASE_URL=f"sqlite:///{path}")


def migrated(path: Path) -> None:
    store = Store(f"sqlite:///{path}")
    store.migrate()
    store.close()


def messages(**settings: object) -> list[str]:
    values = {"github_webhook_secret": SECRET, "skillaudit_public_url": "https://skillaudit.example"} | settings
    return [one.message for one in examine_settings(Settings(**values)) if one.status is WARNING]


def test_missing_settings_are_named_with_where_to_get_them() -> None:
    outcomes = [one for one in examine_settings(Settings()) if one.status is FAILED]

    assert ["GITHUB_APP_ID" in one.message for one in outcomes] == [True, False, False]
    assert all("settings page" in one.advice for one in outcomes)


def test_settings_without_slips_are_left_alone() -> None:
    assert messages() == []


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("github_webhook_secret", f"{SECRET}\n", "white space"),
        ("github_webhook_secret", "short", "shorter than 16"),
        ("skillaudit_previous_webhook_secret", "old", "still accepted"),
        ("skillaudit_public_url", "", "SKILLAUDIT_PUBLIC_URL is not set"),
    ],
)
def test_slips_in_settings_are_named(setting: str, value: str, words: str) -> None:
    (message,) = messages(**{setting: value})

    assert words in message


def test_two_keys_are_one_too_many(tmp_path: Path) -> None:
    (message,) = messages(github_app_private_key="x", github_app_private_key_path=tmp_path)

    assert "the first one is used" in message


def test_tokens_must_not_travel_in_the_clear() -> None:
    (outcome,) = (
        one for one in examine_settings(Settings(github_api_url="http://ghe.example")) if "API" in one.message
    )

    assert outcome.status is FAILED


def test_a_current_database_is_well(tmp_path: Path) -> None:
    migrated(tmp_path / "x.db")

    outcome = examine_database(database(tmp_path / "x.db"))

    assert outcome.status is OK


def test_a_database_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    outcome = examine_database(database(tmp_path / "deep" / "x.db"))

    assert (outcome.status, list(tmp_path.iterdir())) == (WARNING, [])


def test_a_database_of_another_version_is_told(tmp_path: Path) -> None:
    place = tmp_path / "x.db"
    migrated(place)

    judged = []
    for revision in ("0001", "9999"):
        with sqlite3.connect(place) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        connection.close()
        judged.append(examine_database(database(place)).status)

    assert judged == [WARNING, FAILED]


def test_repositories_without_their_alerts_are_named_up_to_some(tmp_path: Path) -> None:
    place = tmp_path / "x.db"
    assert list(examine_alerts(database(place))) == []
    migrated(place)
    store = Store(f"sqlite:///{place}")
    with store.transaction() as session:
        for number in range(25):
            about = {"full_name": f"shop/{number:02}", "review_id": "r", "made_at": 0.0}
            session.add(Upload(repo_id=number, failure="broken" if number else "", **about))
    store.close()

    outcomes = list(examine_alerts(database(place)))

    assert {outcome.status for outcome in outcomes} == {WARNING}
    assert outcomes[0].message == "shop/01: no alerts from the last upload: broken"
    assert (len(outcomes), outcomes[-1].message) == (21, "the same in 4 more repositories")


@pytest.mark.parametrize("url", ["nonsense", "postgresql://user:hidden@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_asked_says_nothing_of_alerts(url: str) -> None:
    assert list(examine_alerts(Settings(DATABASE_URL=url))) == []


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    place = tmp_path / "x.db"
    migrated(place)
    whole = place.read_bytes()
    place.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])

    outcome = examine_database(database(place))

    assert (outcome.status, "damaged" in outcome.message) == (FAILED, True)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("words, words, words" * 100)

    outcome = examine_database(database(tmp_path / "x.db"))

    assert (outcome.status, "DatabaseError" in outcome.message) == (FAILED, True)


@pytest.mark.parametrize("url", ["nonsense", "nosuch://u:hidden-password@h/d"])
def test_an_address_that_is_not_understood_is_told_without_its_password(url: str) -> None:
    outcome = examine_database(Settings(DATABASE_URL=url))

    assert outcome.status is FAILED
    assert "hidden-password" not in outcome.message + outcome.advice


def test_a_database_server_that_is_not_there_is_told_without_its_password() -> None:
    outcome = examine_database(Settings(DATABASE_URL="postgresql://user:hidden-password@127.0.0.1:1/none"))

    assert (outcome.status, "Postgres" in outcome.message) == (FAILED, True)
    assert "hidden-password" not in outcome.message + outcome.advice


def test_analysis_processes_start_and_say_what_they_lack() -> None:
    with AnalysisPool(1) as pool:
        outcomes = list(examine_processes(pool))

    assert {outcome.status for outcome in outcomes} <= {OK, WARNING}
    assert len(outcomes) == max(len(pool.missing_protections or ()), 1)


def test_an_analysis_process_that_does_not_start_is_told() -> None:
    with AnalysisPool(1, engine="no_such_engine") as pool:
        (outcome,) = examine_processes(pool)

    assert (outcome.status, "no analysis process starts" in outcome.message) == (FAILED, True)
