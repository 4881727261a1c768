"""From a raw request to an answer: contract, authentication, permissions, then the endpoint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.standin import (
    app_endpoints,
    check_endpoints,
    code_endpoints,
    contract,
    graph,
    issue_endpoints,
    pull_endpoints,
    review_endpoints,
    scanning_endpoints,
)
from tests.standin.archives import archive
from tests.standin.authentication import app_of, token_of
from tests.standin.contract import Operation
from tests.standin.endpoints import ENDPOINTS, Endpoint
from tests.standin.exchange import Call, Refused, Reply, error
from tests.standin.journal import WRITE_POINTS, Entry
from tests.standin.limits import Limits
from tests.standin.repository import Repository
from tests.standin.state import State

ENDPOINT_MODULES = (
    app_endpoints, check_endpoints, code_endpoints, issue_endpoints, pull_endpoints, review_endpoints,
    scanning_endpoints,
)  # fmt: skip
GRAPHQL_PATHS = {"/graphql", "/api/graphql"}
ENTERPRISE_PREFIX = "/api/v3"
VIOLATION = 500


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in: headers in lower case, path still quoted."""

    method: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str

    @property
    def path(self) -> str:
        """Return the path without the prefix of an enterprise server."""
        return self.raw_path.removeprefix(ENTERPRISE_PREFIX)

    def json(self) -> Any:
        """Return the body as JSON, None without one; raises ValueError."""
        return json.loads(self.body) if self.body else None


@dataclass
class Dispatcher:
    """Answers requests from the state and keeps the violations of GitHub's description."""

    state: State
    violations: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    def entry(self, request: Request) -> Entry:
        """Return the log entry of a request that has just come in."""
        writes = request.method not in {"GET", "HEAD"}
        return Entry(
            request.method,
            request.path,
            request.query,
            self._operation_id(request),
            body=_readable(request.body),
            points=WRITE_POINTS if writes and request.raw_path not in GRAPHQL_PATHS else 1,
        )

    def _operation_id(self, request: Request) -> str:
        if request.raw_path in GRAPHQL_PATHS:
            return "graphql"
        if request.path.startswith("/_codeload/"):
            return "codeload"
        found = contract.match(request.method, request.path)
        return found[0].id if found else "unknown"

    def answer(self, request: Request, entry: Entry) -> Reply:
        """Answer a request; an error of GitHub's is an answer, a violation is recorded and answered with 500."""
        with self.state.changed:
            try:
                return self._answer(request, entry)
            except Refused as refused:
                return refused.reply
            finally:
                self.state.changed.notify_all()

    def _answer(self, request: Request, entry: Entry) -> Reply:
        if request.path.startswith("/_codeload/"):
            return archive(self.state, request.path, dict(parse_qsl(request.query)).get("token", ""))
        if request.raw_path in GRAPHQL_PATHS:
            return self._graphql(request, entry)
        return self._rest(request, entry)

    def _violation(self, request: Request, problems: list[str]) -> Reply:
        told = [f"{request.method} {request.path}: {problem}" for problem in problems]
        self.violations += told
        return error(VIOLATION, "Not a request that GitHub describes: " + "; ".join(told))

    def _graphql(self, request: Request, entry: Entry) -> Reply:
        problems = [e for e in contract.header_errors(request.headers) if "Api-Version" not in e]
        try:
            query = graph.read(request.json())
        except ValueError as wrong:
            return self._violation(request, [f"body is not JSON: {wrong}"])
        if problems or query.errors:
            return self._violation(request, problems + query.errors)
        token = token_of(self.state, request.headers["authorization"])
        entry.installation = token.installation.id
        entry.points = WRITE_POINTS if query.is_mutation else 1
        self._spend(entry)
        return graph.answer(self.state, token, query, request.base_url)

    def _rest(self, request: Request, entry: Entry) -> Reply:
        found = contract.match(request.method, request.path)
        if found is None:
            return self._violation(request, ["no such operation in the description"])
        operation, path_parameters = found
        try:
            parts = _parts(operation, path_parameters, request)
        except ValueError as wrong:
            return self._violation(request, [f"body is not JSON: {wrong}"])
        problems = contract.header_errors(request.headers) + operation.request_errors(parts)
        if problems:
            return self._violation(request, problems)
        moved = self._moved(request, parts["path"])
        if moved is not None:
            return moved
        endpoint = ENDPOINTS[operation.id]
        call = self._authenticated(endpoint, request, parts, entry)
        reply = endpoint.answer(call)
        misshapen = operation.response_errors(reply.status, reply.json) if reply.content is None else []
        return self._violation(request, [f"the stand-in's own answer: {e}" for e in misshapen]) if misshapen else reply

    def _authenticated(self, endpoint: Endpoint, request: Request, parts: dict[str, Any], entry: Entry) -> Call:
        call = Call(
            state=self.state,
            base_url=request.base_url,
            parameters=parts["path"],
            query=parts["query"],
            body=parts.get("body") or {},
            accept=request.headers["accept"],
        )
        repository = self._repository(parts["path"])
        if endpoint.by_app:
            call.app = app_of(self.state, request.headers["authorization"])
        else:
            call.token = token_of(self.state, request.headers["authorization"])
            entry.installation = call.token.installation.id
            self._spend(entry)
        if "repo" in parts["path"]:
            call.found = _permitted(endpoint, call, repository)
        return call

    def _spend(self, entry: Entry) -> None:
        if entry.installation is not None:
            self.limits.spend(entry.installation, self.state.now(), entry.points, entry.creates_content)

    def _moved(self, request: Request, parameters: Mapping[str, Any]) -> Reply | None:
        """Redirect requests for a repository's old name, as GitHub does; a write must be repeated as it is."""
        old = f"{parameters.get('owner')}/{parameters.get('repo')}"
        repository = self.state.renamed.get(old.lower())
        if repository is None:
            return None
        rest = request.raw_path.partition(f"/repos/{old}")[2]
        query = f"?{request.query}" if request.query else ""
        location = f"{request.base_url}/repos/{repository.full_name}{rest}{query}"
        reply = error(301 if request.method == "GET" else 307, "Moved Permanently")
        reply.headers = {"Location": location}
        return reply

    def _repository(self, parameters: Mapping[str, Any]) -> Repository | None:
        return self.state.repositories.get(f"{parameters.get('owner')}/{parameters.get('repo')}".lower())


def _permitted(endpoint: Endpoint, call: Call, repository: Repository | None) -> Repository:
    if repository is None:
        raise Refused(404, "Not Found")
    if endpoint.by_app or call.token is None:
        return repository
    if not call.token.reaches(repository.id):
        raise Refused(404, "Not Found")
    if not any(call.token.allows(name, level) for name, level in endpoint.permissions):
        raise Refused(403, "Resource not accessible by integration")
    return repository


def _parts(operation: Operation, path_parameters: dict[str, str], request: Request) -> dict[str, Any]:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    parts: dict[str, Any] = {
        "path": operation.coerced("path", path_parameters),
        "query": operation.coerced("query", query),
    }
    body = request.json()
    return parts if body is None else parts | {"body": body}


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body
