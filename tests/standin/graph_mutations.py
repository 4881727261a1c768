"""The GraphQL mutations: minimise a comment, resolve a thread, and back."""

from collections.abc import Callable
from typing import Any

from tests.standin.graph_nodes import Context, Node, comment, not_found, thread, visible_repository
from tests.standin.records import Comment, Thread


def _comment(context: Context, id: str) -> Comment:
    number = id.removeprefix("PRRC_")
    found = context.state.comments.get(int(number)) if number.isdigit() else None
    if found is None or found.deleted:
        raise not_found(id)
    visible_repository(context, found.repository_id, id)
    return found


def _thread(context: Context, id: str) -> Thread:
    number = id.removeprefix("PRRT_")
    found = context.state.threads.get(int(number)) if number.isdigit() else None
    if found is None:
        raise not_found(id)
    visible_repository(context, found.repository_id, id)
    return found


def _minimize(context: Context, input: dict[str, Any]) -> Node:
    context.require("pull_requests", "write")
    found = _comment(context, input["subjectId"])
    found.minimized = input["classifier"].lower()
    return _comment_payload(context, found, "minimizedComment", input)


def _unminimize(context: Context, input: dict[str, Any]) -> Node:
    context.require("pull_requests", "write")
    found = _comment(context, input["subjectId"])
    found.minimized = None
    return _comment_payload(context, found, "unminimizedComment", input)


def _comment_payload(context: Context, found: Comment, name: str, input: dict[str, Any]) -> Node:
    inside = context.state.repository_by_id(found.repository_id)
    return {name: comment(context, inside, found), "clientMutationId": input.get("clientMutationId")}


def _resolve(context: Context, input: dict[str, Any]) -> Node:
    context.require("contents", "write")
    found = _thread(context, input["threadId"])
    found.resolved_by = context.token.installation.app.bot
    return _thread_payload(context, found, input)


def _unresolve(context: Context, input: dict[str, Any]) -> Node:
    context.require("contents", "write")
    found = _thread(context, input["threadId"])
    found.resolved_by = None
    return _thread_payload(context, found, input)


def _thread_payload(context: Context, found: Thread, input: dict[str, Any]) -> Node:
    inside = context.state.repository_by_id(found.repository_id)
    return {"thread": thread(context, inside, found), "clientMutationId": input.get("clientMutationId")}


MUTATIONS: dict[str, Callable[[Context, dict[str, Any]], Node]] = {
    "minimizeComment": _minimize,
    "unminimizeComment": _unminimize,
    "resolveReviewThread": _resolve,
    "unresolveReviewThread": _unresolve,
}
