"""Answer GraphQL queries from GitHub's own schema, cut to what is served."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.language import OperationDefinitionNode, OperationType

from tests.standin import graph_nodes, objects
from tests.standin.accounts import Token
from tests.standin.exchange import Reply
from tests.standin.graph_mutations import MUTATIONS, Mutation
from tests.standin.graph_nodes import Context, Node
from tests.standin.state import State

SCHEMA = Path(__file__).parent / "data" / "schema.graphql"
OBJECT_ID = re.compile(r"\b[0-9a-f]{40}\b")


@cache
def schema() -> GraphQLSchema:
    """Return the slice as a schema to validate and execute against."""
    return build_schema(SCHEMA.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: its document, what the schema objects to, whether it writes."""

    text: str
    variables: Mapping[str, Any]
    document: DocumentNode | None
    errors: list[str] = field(default_factory=list)

    @property
    def is_mutation(self) -> bool:
        """Tell whether the query writes."""
        definitions = self.document.definitions if self.document else ()
        operations = (node for node in definitions if isinstance(node, OperationDefinitionNode))
        return any(node.operation is OperationType.MUTATION for node in operations)


@cache
def _parsed(text: str) -> tuple[DocumentNode | None, tuple[str, ...]]:
    try:
        document = parse(text)
    except GraphQLError as wrong:
        return None, (wrong.message,)
    return document, tuple(error.message for error in validate(schema(), document))


def read(body: Any) -> Query:
    """Parse a request's body and hold the query against the schema."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return Query("", {}, None, ["the body must be an object with a query"])
    document, errors = _parsed(body["query"])
    unknown = [f"unknown member {name}" for name in body.keys() - {"query", "variables", "operationName"}]
    return Query(body["query"], body.get("variables") or {}, document, [*errors, *unknown])


def answer(state: State, token: Token, query: Query, base_url: str) -> Reply:
    """Execute a valid query for an installation; errors come with status 200, as GitHub sends them."""
    if query.document is None:
        raise ValueError("an invalid query is not answered")
    context = Context(state, token, base_url, _prefetched(state, query))
    root = graph_nodes.query(context) | {name: partial(_mutated, mutate, context) for name, mutate in MUTATIONS.items()}
    result = execute_sync(
        schema(), query.document, root, variable_values=dict(query.variables), field_resolver=_resolved
    )
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_formatted(error) for error in result.errors]
    return Reply(200, body)


def _mutated(mutate: Mutation, context: Context, **arguments: dict[str, Any]) -> Node:
    return mutate(context, arguments["input"])


def _resolved(source: Node, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    value = source[info.field_name]
    return value(**arguments) if callable(value) else value


def _prefetched(state: State, query: Query) -> dict[str, objects.GitObject]:
    """Read the objects that a query names with one git process for each repository, not one for each alias."""
    named = f"{query.text} {' '.join(map(str, _values(query.variables)))}"
    shas = tuple(dict.fromkeys(OBJECT_ID.findall(named)))
    if len(shas) < 2:
        return {}
    found: dict[str, objects.GitObject] = {}
    for repository in state.repositories.values():
        if f'"{repository.name}"' in query.text or repository.name in _values(query.variables):
            found |= {f"{repository.id}:{sha}": item for sha, item in objects.read_many(repository.path, shas).items()}
    return found


def _values(variables: Any) -> list[Any]:
    if isinstance(variables, Mapping):
        return [value for item in variables.values() for value in _values(item)]
    if isinstance(variables, list):
        return [value for item in variables for value in _values(item)]
    return [variables]


def _formatted(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": error.message, "path": error.path}
    shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    if isinstance(error.original_error, graph_nodes.Problem):
        shown["type"] = error.original_error.kind
    return shown
