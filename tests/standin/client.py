"""A small client of the stand-in, for its own tests and for looking at it from others."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from tests.standin.repository import Repository
from tests.standin.server import StandIn

HEADERS = {
    "Accept": "application/vnd.github+json",
    "User-Agent": "tests",
    "X-GitHub-Api-Version": "2022-11-28",
}


@dataclass
class Api:
    """A client of the stand-in as the App would use it."""

    client: httpx.Client
    standin: StandIn
    repository: Repository
    headers: dict[str, str]

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        url = path if path.startswith("/") else f"/repos/{self.repository.full_name}/{path}".rstrip("/")
        return self.client.request(method, url, headers=self.headers | options.pop("headers", {}), **options)

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self("POST", "/graphql", json={"query": query, "variables": variables}).json()
        return answer

    def as_app(self, **claims: Any) -> "Api":
        return Api(self.client, self.standin, self.repository, HEADERS | app_authorization(self.standin, **claims))

    def with_token(self, **narrowed: Any) -> "Api":
        installation = self.standin.installation(self.repository)
        minted = self.as_app()("POST", f"/app/installations/{installation.id}/access_tokens", json=narrowed)
        authorization = {"Authorization": f"Bearer {minted.json()['token']}"}
        return Api(self.client, self.standin, self.repository, HEADERS | authorization)


def app_authorization(standin: StandIn, **claims: Any) -> dict[str, str]:
    now = int(time.time())
    key = claims.pop("key", standin.app.private_key)
    statement = {"iat": now - 60, "exp": now + 540, "iss": str(standin.app.id)} | claims
    return {"Authorization": f"Bearer {jwt.encode(statement, key, algorithm='RS256')}"}
