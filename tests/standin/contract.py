"""Judge requests and answers by GitHub's own OpenAPI description."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

DESCRIPTION = Path(__file__).parent / "data" / "openapi.json"
API_VERSIONS = {"2022-11-28", "2026-03-10"}
# Its account is described as a user and an enterprise at once, which no account is.
MISDESCRIBED_ANSWERS = {"apps/list-installations"}
# GitHub sends null for outdated comments, against its own description.
NULL_IN_PRACTICE = {"pull-request-review-comment": ("line", "position")}


@dataclass(frozen=True, eq=False)
class Operation:
    """One method of one path of the description."""

    id: str
    method: str
    template: str
    description: dict[str, Any]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression that the raw path of a request must match."""
        several = {p["name"] for p in self._parameters("path") if p.get("x-multi-segment")}
        pieces = re.split(r"{(\w+)}", self.template)
        for number, name in enumerate(pieces[1::2]):
            pieces[2 * number + 1] = f"(?P<{name}>{'.+' if name in several else '[^/]+'})"
        return re.compile("".join(pieces))

    @cached_property
    def request_validator(self) -> jsonschema_rs.Draft202012Validator:
        """Return the compiled schema of the whole request: path, query, body."""
        body = self.description.get("requestBody")
        schema = {
            "type": "object",
            "properties": {
                "path": _parameter_schema(self._parameters("path")),
                "query": _parameter_schema(self._parameters("query")),
                "body": _closed(body["schema"]) if body else {"type": "null"},
            },
            "required": ["body"] if body and body["required"] else [],
            "components": {"schemas": _schemas()},
        }
        return jsonschema_rs.Draft202012Validator(_modern(schema), validate_formats=True)

    @cached_property
    def response_validators(self) -> dict[str, jsonschema_rs.Draft202012Validator]:
        """Return the compiled schemas of the answers by status, where the description has any."""
        return {
            status: jsonschema_rs.Draft202012Validator(
                _modern({"allOf": [schema], "components": {"schemas": _schemas()}})
            )
            for status, schema in self.description["responses"].items()
            if schema is not None
        }

    def coerced(self, kind: str, values: Mapping[str, str]) -> dict[str, Any]:
        """Return path or query values with numbers and booleans in their own types."""
        schemas = {parameter["name"]: parameter["schema"] for parameter in self._parameters(kind)}
        return {name: _coerced(value, schemas.get(name, {})) for name, value in values.items()}

    def request_errors(self, request: dict[str, Any]) -> list[str]:
        """Return what the description objects to in a request of path, query and body."""
        return [
            f"{'/'.join(map(str, e.instance_path))}: {e.message}" for e in self.request_validator.iter_errors(request)
        ]

    def response_errors(self, status: int, body: Any) -> list[str]:
        """Return what the description objects to in an answer."""
        validator = self.response_validators.get(str(status))
        if validator is None or self.id in MISDESCRIBED_ANSWERS:
            return []
        return [f"{'/'.join(map(str, e.instance_path))}: {e.message}" for e in validator.iter_errors(body)]

    def _parameters(self, kind: str) -> list[dict[str, Any]]:
        return [parameter for parameter in self.description["parameters"] if parameter["in"] == kind]


@cache
def operations() -> tuple[Operation, ...]:
    """Return the operations of the committed slice, the most literal paths first."""
    paths = _description()["paths"]
    found = [
        Operation(description["operationId"], method.upper(), template, description)
        for template, item in paths.items()
        for method, description in item.items()
    ]
    return tuple(sorted(found, key=lambda operation: operation.template.count("{")))


def match(method: str, raw_path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation that a request means and its path parameters, unquoted."""
    for operation in operations():
        found = operation.method == method and operation.pattern.fullmatch(raw_path)
        if found:
            return operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return None


def header_errors(headers: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the headers every request must carry (names in lower case)."""
    errors = []
    accept = headers.get("accept", "")
    if not accept.startswith(("application/vnd.github", "application/json")):
        errors.append(f"Accept must name a media type of GitHub's, not {accept!r}")
    if headers.get("x-github-api-version") not in API_VERSIONS:
        errors.append(f"X-GitHub-Api-Version must be one of {sorted(API_VERSIONS)}")
    if not headers.get("user-agent"):
        errors.append("User-Agent is missing")
    if "authorization" not in headers:
        errors.append("Authorization is missing")
    return errors


@cache
def _description() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return description


@cache
def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = _description()["components"]["schemas"]
    for name, members in NULL_IN_PRACTICE.items():
        for member in members:
            schemas[name]["properties"][member]["nullable"] = True
    # So does the head of a pull request whose fork was deleted.
    for name in ("pull-request", "pull-request-simple"):
        schemas[name]["properties"]["head"]["properties"]["repo"]["nullable"] = True
    return schemas


def _parameter_schema(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {parameter["name"]: parameter["schema"] for parameter in parameters},
        "required": [parameter["name"] for parameter in parameters if parameter.get("required")],
        "additionalProperties": False,
    }


def _closed(schema: Any) -> Any:
    """Forbid properties that the description does not know: GitHub ignores them, so they are a client's mistake."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "properties" in schema and "type" in schema and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed


def _modern(schema: Any) -> Any:
    """Turn OpenAPI 3.0's ``nullable`` into a union with null."""
    if isinstance(schema, list):
        return [_modern(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    modern = {key: _modern(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True:
        return {"anyOf": [modern, {"type": "null"}]}
    return modern


def _coerced(value: str, schema: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value
