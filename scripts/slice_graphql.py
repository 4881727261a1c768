"""Cut GitHub's GraphQL schema down to the types and fields the stand-in answers.

The schema is the npm package ``@octokit/graphql-schema`` (MIT), unpacked by hand:

    python scripts/slice_graphql.py package/schema.graphql
"""

import argparse
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from graphql import parse, print_ast
from graphql.language import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    visit,
)

FIELDS = {
    "Query": "id node rateLimit repository viewer",
    "Mutation": "minimizeComment unminimizeComment resolveReviewThread unresolveReviewThread",
    "RateLimit": "cost limit nodeCount remaining resetAt used",
    "Node": "id",
    "Actor": "login url",
    "Bot": "id databaseId login url",
    "User": "id databaseId login url",
    "RepositoryOwner": "id login url",
    "Organization": "id databaseId login url",
    "Repository": "id databaseId name nameWithOwner owner isPrivate isFork isArchived url defaultBranchRef "
    "object pullRequest pullRequests",
    "Ref": "id name prefix target",
    "GitObject": "id oid",
    "Blob": "id oid byteSize isBinary isTruncated text",
    "Commit": "id oid",
    "Tree": "id oid",
    "Tag": "id oid",
    "PageInfo": "endCursor hasNextPage hasPreviousPage startCursor",
    "PullRequest": "id databaseId number title state isDraft merged isCrossRepository headRefOid baseRefOid "
    "headRefName baseRefName changedFiles additions deletions headRepository baseRepository author url "
    "updatedAt reviewThreads",
    "PullRequestConnection": "nodes pageInfo totalCount",
    "PullRequestReviewThreadConnection": "nodes pageInfo totalCount",
    "PullRequestReviewThread": "id isResolved isOutdated isCollapsed path line startLine originalLine "
    "originalStartLine diffSide subjectType resolvedBy viewerCanReply viewerCanResolve viewerCanUnresolve comments",
    "PullRequestReviewCommentConnection": "nodes pageInfo totalCount",
    "PullRequestReviewComment": "id databaseId fullDatabaseId body author viewerDidAuthor isMinimized "
    "minimizedReason viewerCanMinimize outdated path line startLine originalLine createdAt updatedAt url replyTo "
    "viewerCanDelete viewerCanUpdate",
    "Minimizable": "isMinimized minimizedReason viewerCanMinimize",
    "MinimizeCommentPayload": "clientMutationId minimizedComment",
    "UnminimizeCommentPayload": "clientMutationId unminimizedComment",
    "ResolveReviewThreadPayload": "clientMutationId thread",
    "UnresolveReviewThreadPayload": "clientMutationId thread",
}

Described = TypeDefinitionNode | FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode
Fielded = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
Leaf = ScalarTypeDefinitionNode | EnumTypeDefinitionNode | InputObjectTypeDefinitionNode


def main() -> None:
    """Write the slice beside the stand-in that answers from it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schema", type=Path, help="schema.graphql of the unpacked package")
    parser.add_argument("--output", type=Path, default=Path("tests/standin/data/schema.graphql"))
    arguments = parser.parse_args()
    document = parse(arguments.schema.read_text(encoding="utf-8"), no_location=True)
    arguments.output.write_text(print_ast(slice_schema(document)) + "\n", encoding="utf-8")


def slice_schema(document: DocumentNode) -> DocumentNode:
    """Return the kept types with the kept fields, and every input, enum and scalar those reach."""
    by_name = {node.name.value: node for node in document.definitions if hasattr(node, "name")}
    kept = {name: _with_fields(by_name[name], fields.split()) for name, fields in FIELDS.items()}
    leaves = _reachable_leaves(kept.values(), by_name)
    definitions = [*kept.values(), *(by_name[name] for name in sorted(leaves))]
    return _without_prose(DocumentNode(definitions=tuple(definitions)))


def _with_fields(node: DefinitionNode, names: list[str]) -> Fielded:
    if not isinstance(node, Fielded):
        raise TypeError(f"{node.kind} has no fields to choose from")
    fields = {field.name.value: field for field in node.fields or ()}
    interfaces = tuple(interface for interface in node.interfaces or () if interface.name.value in FIELDS)
    return type(node)(
        name=node.name,
        interfaces=interfaces,
        directives=(),
        fields=tuple(_without_directives(fields[name]) for name in names),
    )


def _without_directives(field: FieldDefinitionNode) -> FieldDefinitionNode:
    deprecated = tuple(node for node in field.directives or () if node.name.value == "deprecated")
    return FieldDefinitionNode(
        name=field.name, arguments=field.arguments, type=field.type, directives=deprecated, description=None
    )


def _reachable_leaves(kept: Iterable[Fielded], by_name: dict[str, DefinitionNode]) -> set[str]:
    pending = set().union(*map(_named_types, kept)) - FIELDS.keys()
    leaves: set[str] = set()
    while pending:
        name = pending.pop()
        node = by_name.get(name)
        if node is None:
            continue
        if not isinstance(node, Leaf):
            raise ValueError(f"{name} is reached but no field of it is kept")
        leaves.add(name)
        pending |= _named_types(node) - leaves - FIELDS.keys()
    return leaves


class _TypeNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.names.add(node.name.value)


class _ProseRemoval(Visitor):
    def leave(self, node: Node, *_: object) -> Node | None:
        if isinstance(node, Described) and node.description is not None:
            return replace(node, description=None)
        return None


def _named_types(node: Node) -> set[str]:
    visitor = _TypeNames()
    visit(node, visitor)
    return visitor.names


def _without_prose(document: DocumentNode) -> DocumentNode:
    bare: DocumentNode = visit(document, _ProseRemoval())
    return bare


if __name__ == "__main__":
    main()
