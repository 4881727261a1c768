"""GraphQL calls: the data that came, beside the errors that came with it."""

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from github.answers import Call, decode, limited
from github.errors import GraphQLFailed
from github.limits import graphql_pause
from github.repositories import Repository

T = TypeVar("T")


class GraphQLError(msgspec.Struct, frozen=True):
    """One error; GitHub's `type` is such as NOT_FOUND or FORBIDDEN, absent when its server failed."""

    message: str = ""
    type: str | None = None


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """The data, which may be there in part, and the errors."""

    data: T | None = None
    errors: tuple[GraphQLError, ...] = ()


async def query(
    repository: Repository, text: str, variables: Mapping[str, object], decoder: msgspec.json.Decoder[Answer[T]]
) -> Answer[T]:
    """Send a query, which may be repeated; raise RateLimited also when GitHub answers that with status 200."""
    return await _send(repository, text, variables, decoder, repeatable=True)


async def mutate(repository: Repository, text: str, variables: Mapping[str, object]) -> None:
    """Send a mutation once; raise GraphQLFailed when GitHub names an error."""
    answer = await _send(repository, text, variables, MUTATED, repeatable=False)
    if answer.errors:
        raise failure_of(answer.errors)


def failure_of(errors: tuple[GraphQLError, ...]) -> GraphQLFailed:
    """Return the error that the errors of an answer stand for."""
    message = "; ".join(error.message for error in errors) or "no data"
    return GraphQLFailed("/graphql", message, tuple(error.type or "" for error in errors))


MUTATED = msgspec.json.Decoder(Answer[dict[str, object]])


async def _send(
    repository: Repository,
    text: str,
    variables: Mapping[str, object],
    decoder: msgspec.json.Decoder[Answer[T]],
    *,
    repeatable: bool,
) -> Answer[T]:
    call = Call("POST", "/graphql", body={"query": text, "variables": variables}, repeatable=repeatable)
    response = await repository.send(call)
    answer = decode(call, response, decoder)
    types = frozenset(error.type or "" for error in answer.errors)
    messages = " ".join(error.message for error in answer.errors)
    pause = graphql_pause(types, messages, response.headers, repository.client.timing.clock())
    if pause is not None:
        raise await repository.held_back(limited(call, messages, pause))
    return answer
