"""The server's settings, all from the environment, and in plain words what is missing or wrong."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import Field, SecretStr, ValidationError, computed_field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from github.errors import InvalidPrivateKey
from github.tokens import load_key

DATABASE_FILE: Final = "skillaudit.db"
_SETTINGS_PAGE: Final = "the App's settings page on GitHub"


class Requirement(NamedTuple):
    """A setting that the App cannot do without, and what is wrong with it; an empty problem means it is usable."""

    name: str
    purpose: str
    obtain: str
    problem: str


class InvalidSettings(Exception):
    """Settings with which the server cannot start; the text names each of them."""


class Settings(BaseSettings):
    """What the environment says; the server also starts without any of GitHub's credentials."""

    # Templates of environments leave empty what they do not set.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    github_api_url: str = Field("https://api.github.com", pattern=r"^https?://")
    github_url: str = Field("https://github.com", pattern=r"^https?://")
    github_app_id: str = ""
    github_app_private_key: SecretStr = SecretStr("")
    github_app_private_key_path: Path | None = None
    github_webhook_secret: SecretStr = SecretStr("")
    github_client_id: str = ""
    github_client_secret: SecretStr = SecretStr("")
    configured_database_url: str = Field("", validation_alias="DATABASE_URL")
    port: int = Field(8000, ge=0, le=65535)
    # While a webhook secret is changed, deliveries may still be signed with the one before.
    skillaudit_previous_webhook_secret: SecretStr = SecretStr("")
    skillaudit_data_dir: Path = Path("data")
    # The address at which people reach this server; links in reviews lead there.
    skillaudit_public_url: str = Field("", pattern=r"^(https?://.+)?$")
    # Analysis processes, and reviews that are under way at the same time; 0 leaves reviews to workers.
    skillaudit_processes: int = Field(2, ge=1, le=64)
    skillaudit_reviews: int = Field(4, ge=0, le=64)
    # Where a worker tells its health and metrics; 0 leaves that out.
    skillaudit_worker_port: int = Field(0, ge=0, le=65535)
    # For how long the reviews of a process that says nothing any more are left to it.
    skillaudit_lease_seconds: int = Field(20, ge=2, le=600)
    # Seconds between two searches for what no event told of; 0 leaves them out.
    skillaudit_reconcile_seconds: int = Field(300, ge=0, le=86_400)
    # How long is kept what came in, and what came of it: days since then.
    skillaudit_delivery_days: int = Field(7, ge=4, le=3650)
    skillaudit_review_days: int = Field(180, ge=30, le=3650)
    # Enterprise servers set no limits unless their owners do.
    skillaudit_pace_writes: bool = True
    # Resolving threads takes the App's optional permission contents: write.
    skillaudit_resolve_threads: bool = False

    @field_validator("github_api_url", "github_url", "skillaudit_public_url")
    @classmethod
    def _without_last_slash(cls, address: str) -> str:
        return address.rstrip("/")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def database_url(self) -> str:
        """SQLAlchemy's address of the database."""
        return self.configured_database_url or f"sqlite:///{self.skillaudit_data_dir / DATABASE_FILE}"

    @property
    def has_workers(self) -> bool:
        """Whether other processes can work on the database."""
        return not self.database_url.startswith("sqlite")

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that a delivery may be signed with."""
        candidates = (self.github_webhook_secret, self.skillaudit_previous_webhook_secret)
        return tuple(secret.get_secret_value() for secret in candidates if secret.get_secret_value())

    @property
    def rules_url(self) -> str:
        """The address of the pages about the rules, "" when the server's own address is not known."""
        return f"{self.skillaudit_public_url}/rules" if self.skillaudit_public_url else ""

    def private_key(self) -> str:
        """Return the App's key as PEM, "" when there is none. Raise OSError when its file cannot be read."""
        inline = self.github_app_private_key.get_secret_value()
        if inline or self.github_app_private_key_path is None:
            # Many systems keep variables on one line and write the line ends as \n.
            return inline.replace("\\n", "\n")
        return self.github_app_private_key_path.read_text()

    def requirements(self) -> tuple[Requirement, ...]:
        """Return what the server needs to work for GitHub, each with its problem or an empty one."""
        return _requirements(self)


def load_settings() -> Settings:
    """Read the environment. Raise InvalidSettings."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise InvalidSettings("; ".join(_explanations(error))) from None
    if settings.skillaudit_reviews == 0 and not settings.has_workers:
        raise InvalidSettings("SKILLAUDIT_REVIEWS: 0 leaves reviews to workers, which need Postgres in DATABASE_URL")
    return settings


def _explanations(error: ValidationError) -> Sequence[str]:
    return [f"{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors(include_input=False)]


@functools.lru_cache(maxsize=8)
def _requirements(settings: Settings) -> tuple[Requirement, ...]:
    return (
        Requirement(
            "GITHUB_APP_ID",
            "the number by which GitHub knows the App",
            f"{_SETTINGS_PAGE}, General, App ID",
            _app_id_problem(settings.github_app_id),
        ),
        Requirement(
            "GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_PATH",
            "the key with which this server proves to be the App",
            f"{_SETTINGS_PAGE}, General, Private keys, Generate a private key; the value is the whole PEM file",
            _private_key_problem(settings),
        ),
        Requirement(
            "GITHUB_WEBHOOK_SECRET",
            "the secret with which GitHub signs what it sends to /webhook",
            f"{_SETTINGS_PAGE}, General, Webhook, Secret; choose a long random text and enter it in both places",
            "" if settings.github_webhook_secret.get_secret_value() else "not set",
        ),
    )


def _app_id_problem(app_id: str) -> str:
    if not app_id:
        return "not set"
    return "" if app_id.isascii() and app_id.isdigit() else "not a number"


def _private_key_problem(settings: Settings) -> str:
    try:
        pem = settings.private_key()
    except (OSError, UnicodeDecodeError) as error:
        return f"{settings.github_app_private_key_path} cannot be read ({type(error).__name__})"
    if not pem:
        return "not set"
    try:
        load_key(pem)
    except InvalidPrivateKey as error:
        return str(error)
    return ""
