"""What a review needs to know first, in one call: a file of the base, the pull request, and its threads."""

import msgspec

from github.blobs import FIELDS, Blob
from github.contents import File, exact_file
from github.graphql import Answer, failure_of, query
from github.repositories import Repository
from github.threads import THREAD_FIELDS, Actor, ReviewThread, ThreadNodes, read_threads, threads_of


class PullState(msgspec.Struct, frozen=True):
    """The pull request; `state` is OPEN, CLOSED or MERGED, `head_repository` (`owner/name`) None for a deleted fork."""

    number: int
    state: str
    is_draft: bool
    head_sha: str
    base_sha: str
    base_ref: str
    changed_files: int
    head_repository: str | None
    author: str | None


class Context(msgspec.Struct, frozen=True):
    """The file (None: there is none), the pull request and all its review threads."""

    file: File | None
    pull: PullState
    threads: tuple[ReviewThread, ...]


class HeadRepository(msgspec.Struct, frozen=True, rename="camel"):
    """Where the head lies."""

    name_with_owner: str


class PullNode(msgspec.Struct, frozen=True, rename="camel"):
    """The pull request as GraphQL tells it."""

    number: int
    state: str
    is_draft: bool
    head_ref_oid: str
    base_ref_oid: str
    base_ref_name: str
    changed_files: int
    review_threads: ThreadNodes
    head_repository: HeadRepository | None = None
    author: Actor | None = None


class RepositoryNode(msgspec.Struct, frozen=True, rename="camel"):
    """The repository as GraphQL tells it."""

    file: Blob | None = None
    pull_request: PullNode | None = None


class ContextData(msgspec.Struct, frozen=True):
    """The data of the query below."""

    repository: RepositoryNode | None = None


CONTEXT = msgspec.json.Decoder(Answer[ContextData])
QUERY = f"""
query($owner: String!, $name: String!, $number: Int!, $file: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    file: object(expression: $file) {{ {FIELDS} }}
    pullRequest(number: $number) {{
      number state isDraft headRefOid baseRefOid baseRefName changedFiles
      headRepository {{ nameWithOwner }}
      author {{ login }}
      {THREAD_FIELDS}
    }}
  }}
}}
"""


async def read_context(repository: Repository, number: int, revision: str, path: str) -> Context:
    """Read a pull request, its review threads, and the file `path` at `revision`.

    One call for up to 100 threads. Raise GraphQLFailed rather than give a part; its type is NOT_FOUND when there is
    no such pull request.
    """
    variables = {
        "owner": repository.owner,
        "name": repository.name,
        "number": number,
        "file": f"{revision}:{path}",
    }
    answer = await query(repository, QUERY, variables, CONTEXT)
    node = answer.data.repository if answer.data else None
    if answer.errors or node is None or node.pull_request is None:
        raise failure_of(answer.errors)
    threads = threads_of(node.pull_request.review_threads)
    cursor = node.pull_request.review_threads.next_cursor
    if cursor is not None:
        threads += await read_threads(repository, number, cursor)
    return Context(await exact_file(repository, node.file), _state(node.pull_request), threads)


def _state(node: PullNode) -> PullState:
    return PullState(
        number=node.number,
        state=node.state,
        is_draft=node.is_draft,
        head_sha=node.head_ref_oid,
        base_sha=node.base_ref_oid,
        base_ref=node.base_ref_name,
        changed_files=node.changed_files,
        head_repository=node.head_repository.name_with_owner if node.head_repository else None,
        author=node.author.login if node.author else None,
    )
