"""Cut GitHub's OpenAPI description down to the operations the App calls.

The description is the npm package ``@octokit/openapi`` (MIT), unpacked by hand:

    python scripts/slice_openapi.py package/generated/api.github.com.json
"""

import argparse
import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

OPERATIONS = (
    ("get", "/app"),
    ("get", "/app/hook/config"),
    ("get", "/app/hook/deliveries"),
    ("get", "/app/hook/deliveries/{delivery_id}"),
    ("post", "/app/hook/deliveries/{delivery_id}/attempts"),
    ("get", "/app/installations"),
    ("get", "/app/installations/{installation_id}"),
    ("post", "/app/installations/{installation_id}/access_tokens"),
    ("get", "/installation/repositories"),
    ("delete", "/installation/token"),
    ("get", "/rate_limit"),
    ("get", "/repos/{owner}/{repo}"),
    ("post", "/repos/{owner}/{repo}/check-runs"),
    ("get", "/repos/{owner}/{repo}/check-runs/{check_run_id}"),
    ("patch", "/repos/{owner}/{repo}/check-runs/{check_run_id}"),
    ("get", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations"),
    ("post", "/repos/{owner}/{repo}/code-scanning/sarifs"),
    ("get", "/repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}"),
    ("get", "/repos/{owner}/{repo}/collaborators/{username}/permission"),
    ("get", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls"),
    ("get", "/repos/{owner}/{repo}/commits/{ref}/check-runs"),
    ("get", "/repos/{owner}/{repo}/compare/{basehead}"),
    ("get", "/repos/{owner}/{repo}/git/blobs/{file_sha}"),
    ("get", "/repos/{owner}/{repo}/git/ref/{ref}"),
    ("get", "/repos/{owner}/{repo}/git/trees/{tree_sha}"),
    ("get", "/repos/{owner}/{repo}/installation"),
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("post", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("post", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"),
    ("get", "/repos/{owner}/{repo}/pulls"),
    ("get", "/repos/{owner}/{repo}/pulls/{pull_number}"),
    ("get", "/repos/{owner}/{repo}/pulls/{pull_number}/commits"),
    ("get", "/repos/{owner}/{repo}/pulls/{pull_number}/comments"),
    ("post", "/repos/{owner}/{repo}/pulls/{pull_number}/comments"),
    ("post", "/repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies"),
    ("get", "/repos/{owner}/{repo}/pulls/{pull_number}/files"),
    ("get", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"),
    ("post", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"),
    ("get", "/repos/{owner}/{repo}/pulls/comments/{comment_id}"),
    ("patch", "/repos/{owner}/{repo}/pulls/comments/{comment_id}"),
    ("delete", "/repos/{owner}/{repo}/pulls/comments/{comment_id}"),
    ("post", "/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions"),
    ("get", "/repos/{owner}/{repo}/branches/{branch}"),
    ("get", "/repos/{owner}/{repo}/rules/branches/{branch}"),
    ("get", "/repos/{owner}/{repo}/tarball/{ref}"),
)
PROSE = frozenset({"description", "example", "examples", "summary", "title", "externalDocs", "deprecated"})
KEPT_PARAMETER_KEYS = ("name", "in", "required", "schema", "x-multi-segment")


def main() -> None:
    """Write the slice beside the stand-in that judges requests by it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("description", type=Path, help="api.github.com.json of the unpacked package")
    parser.add_argument("--output", type=Path, default=Path("tests/standin/data/openapi.json"))
    arguments = parser.parse_args()
    sliced = slice_description(json.loads(arguments.description.read_text(encoding="utf-8")))
    arguments.output.write_text(json.dumps(sliced, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def slice_description(description: Json) -> Json:
    """Return the operations and every schema they reach, without prose."""
    components = description["components"]
    paths: dict[str, Json] = {}
    for method, path in OPERATIONS:
        paths.setdefault(path, {})[method] = _operation(description["paths"][path][method], components)
    return {
        "info": {"version": description["info"]["version"]},
        "paths": paths,
        "components": {"schemas": _reachable(paths, components["schemas"])},
    }


def _operation(operation: Json, components: Json) -> Json:
    parameters = [_resolve(parameter, components) for parameter in operation.get("parameters", [])]
    kept: Json = {
        "operationId": operation["operationId"],
        "parameters": [_parameter(parameter) for parameter in parameters],
        "responses": {
            status: _without_prose(_schema(_resolve(response, components)))
            for status, response in operation["responses"].items()
            if status.startswith(("2", "3"))
        },
    }
    if "requestBody" in operation:
        body = _resolve(operation["requestBody"], components)
        kept["requestBody"] = {"required": body.get("required", False), "schema": _without_prose(_schema(body))}
    return kept


def _parameter(parameter: Json) -> Json:
    return {key: _without_prose(parameter[key]) for key in KEPT_PARAMETER_KEYS if key in parameter}


def _schema(content_holder: Json) -> object:
    return content_holder.get("content", {}).get("application/json", {}).get("schema")


def _resolve(node: Json, components: Json) -> Json:
    if "$ref" not in node:
        return node
    section, name = node["$ref"].removeprefix("#/components/").split("/")
    resolved: Json = components[section][name]
    return resolved


def _without_prose(node: object, in_properties: bool = False) -> object:
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_prose(value, in_properties=key == "properties" and not in_properties)
        for key, value in node.items()
        if in_properties or key not in PROSE
    }


def _references(node: object) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_references, node))
    if not isinstance(node, dict):
        return set()
    found: set[str] = set().union(*map(_references, node.values()))
    if isinstance(node.get("$ref"), str):
        found.add(node["$ref"].rsplit("/", 1)[-1])
    return found


def _reachable(paths: Json, schemas: Json) -> dict[str, object]:
    kept: Json = {}
    pending = _references(paths)
    while pending:
        name = pending.pop()
        kept[name] = _without_prose(schemas[name])
        pending |= _references(kept[name]) - kept.keys()
    return kept


if __name__ == "__main__":
    main()
