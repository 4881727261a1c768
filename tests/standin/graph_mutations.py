"""The GraphQL mutations: minimise a comment, resolve a thread, and back."""

from collections.abc import Callable
from typing import Any

from tests.standin.graph_nodes import Context, Node, comment, not_found, thread, visible_repository
from tests.standin.records import Comment, Thread

Mutation = Callable[[Context, dict[str, Any]], Node]


def _comment(context: Context, node_id: str) -> Comment:
    number = node_id.removeprefix("PRRC_")
    found = context.state.comments.get(int(number)) if number.isdigit() else None
    if found is None or found.deleted:
        raise not_found(node_id)
    visible_repository(context, found.repository_id, node_id)
    return found


def _thread(context: Context, node_id: str) -> Thread:
    number = node_id.removeprefix("PRRT_")
    found = context.state.threads.get(int(number)) if number.isdigit() else None
    if found is None:
        raise not_found(node_id)
    visible_repository(context, found.repository_id, node_id)
    return found


def _minimize(context: Context, given: dict[str, Any]) -> Node:
    context.require("pull_requests", "write")
    found = _comment(context, given["subjectId"])
    found.minimized = given["classifier"].lower()
    return _comment_payload(context, found, "minimizedComment", given)


def _unminimize(context: Context, given: dict[str, Any]) -> Node:
    context.require("pull_requests", "write")
    found = _comment(context, given["subjectId"])
    found.minimized = None
    return _comment_payload(context, found, "unminimizedComment", given)


def _comment_payload(context: Context, found: Comment, name: str, given: dict[str, Any]) -> Node:
    inside = context.state.repository_by_id(found.repository_id)
    return {name: comment(context, inside, found), "clientMutationId": given.get("clientMutationId")}


def _resolve(context: Context, given: dict[str, Any]) -> Node:
    context.require("contents", "write")
    found = _thread(context, given["threadId"])
    found.resolved_by = context.token.installation.app.bot
    return _thread_payload(context, found, given)


def _unresolve(context: Context, given: dict[str, Any]) -> Node:
    context.require("contents", "write")
    found = _thread(context, given["threadId"])
    found.resolved_by = None
    return _thread_payload(context, found, given)


def _thread_payload(context: Context, found: Thread, given: dict[str, Any]) -> Node:
    inside = context.state.repository_by_id(found.repository_id)
    return {"thread": thread(context, inside, found), "clientMutationId": given.get("clientMutationId")}


MUTATIONS: dict[str, Mutation] = {
    "minimizeComment": _minimize,
    "unminimizeComment": _unminimize,
    "resolveReviewThread": _resolve,
    "unresolveReviewThread": _unresolve,
}
