"""Settings explain themselves."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.settings import InvalidSettings, Settings, load_settings


def pem(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


KEY = pem(rsa.generate_private_key(65537, 2048))


def problems(settings: Settings) -> dict[str, str]:
    return {requirement.name: requirement.problem for requirement in settings.requirements() if requirement.problem}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_without_credentials_everything_missing_is_named_with_where_to_get_it() -> None:
    settings = load_settings()

    assert problems(settings) == {
        "GITHUB_APP_ID": "not set",
        "GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_PATH": "not set",
        "GITHUB_WEBHOOK_SECRET": "not set",
    }
    assert all("settings page" in requirement.obtain for requirement in settings.requirements())
    assert settings.database_url == "sqlite:///data/skillaudit.db"


def test_a_complete_configuration_has_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_APP_ID", "42")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", KEY.replace("\n", "\\n"))
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "new")
    monkeypatch.setenv("SKILLAUDIT_PREVIOUS_WEBHOOK_SECRET", "old")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////tmp/x.db")
    settings = load_settings()

    assert problems(settings) == {}
    assert settings.private_key() == KEY
    assert settings.webhook_secrets == ("new", "old")
    assert settings.database_url == "sqlite:////tmp/x.db"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not set"),
        ("no key", "not a private key in PEM form without a passphrase"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
    ],
)
def test_a_wrong_key_is_told_apart_from_a_missing_one(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "key.pem").write_text(text)
    settings = Settings(github_app_private_key_path=tmp_path / "key.pem")

    assert problems(settings)["GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_PATH"] == problem


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = Settings(github_app_private_key_path=tmp_path / "none.pem")

    (problem,) = [text for name, text in problems(settings).items() if "KEY" in name]
    assert problem == f"{tmp_path / 'none.pem'} cannot be read (FileNotFoundError)"


def test_an_app_id_that_is_no_number_is_told() -> None:
    assert problems(Settings(github_app_id="skillaudit"))["GITHUB_APP_ID"] == "not a number"


def test_settings_that_cannot_be_used_are_named_without_their_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "none")
    monkeypatch.setenv("GITHUB_API_URL", "ftp://secret")

    with pytest.raises(InvalidSettings) as raised:
        load_settings()

    assert "PORT: " in str(raised.value)
    assert "GITHUB_API_URL: " in str(raised.value)
    assert "secret" not in str(raised.value)


def test_secrets_are_not_shown() -> None:
    settings = Settings(github_app_private_key="key-text", github_webhook_secret="hook-text")

    assert "key-text" not in repr(settings)
    assert "hook-text" not in repr(settings)


def test_what_is_left_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    monkeypatch.setenv("DATABASE_URL", "")

    assert load_settings() == Settings()
    assert load_settings().port == 8000
    assert problems(load_settings())["GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_PATH"] == "not set"


def test_addresses_may_end_in_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_URL", "https://ghe.example/")
    monkeypatch.setenv("GITHUB_API_URL", "https://ghe.example/api/v3/")
    monkeypatch.setenv("SKILLAUDIT_PUBLIC_URL", "https://audit.example/")
    settings = load_settings()

    assert (settings.github_url, settings.github_api_url) == ("https://ghe.example", "https://ghe.example/api/v3")
    assert settings.rules_url == "https://audit.example/rules"
