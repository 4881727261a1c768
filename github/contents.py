"""Files as git holds them: the tree of a commit, and single files at a revision."""

import msgspec

from github.blobs import FIELDS, MAX_BYTES, Blob, read_exact
from github.errors import GraphQLFailed
from github.graphql import Answer, failure_of, query
from github.repositories import Repository


class TreeEntry(msgspec.Struct, frozen=True):
    """One path of a tree; `mode` is git's octal text, `type` blob, tree or commit, `size` in bytes for blobs."""

    path: str
    mode: str
    type: str
    sha: str
    size: int = 0


class Tree(msgspec.Struct, frozen=True):
    """A commit's files and submodules, without the folders; `truncated` when GitHub left some out."""

    sha: str
    entries: tuple[TreeEntry, ...]
    truncated: bool


class File(msgspec.Struct, frozen=True):
    """A file at a revision; `data` is None when it is larger than a megabyte."""

    oid: str
    data: bytes | None


class TreeListing(msgspec.Struct, frozen=True):
    """GitHub's answer for a tree."""

    sha: str
    tree: tuple[TreeEntry, ...]
    truncated: bool = False


class FileHolder(msgspec.Struct, frozen=True):
    """A repository with one object."""

    file: Blob | None = None


class FileData(msgspec.Struct, frozen=True):
    """The data of the file query."""

    repository: FileHolder | None = None


TREE = msgspec.json.Decoder(TreeListing)
FILE = msgspec.json.Decoder(Answer[FileData])
FILE_QUERY = f"""
query($owner: String!, $name: String!, $file: String!) {{
  repository(owner: $owner, name: $name) {{ file: object(expression: $file) {{ {FIELDS} }} }}
}}
"""


async def read_tree(repository: Repository, revision: str) -> Tree:
    """Read all files of a commit or tree in one call; GitHub ends it at 100,000 entries or 7 MB."""
    listing = await repository.get("/git/trees/{tree_sha}", TREE, {"recursive": 1}, tree_sha=revision)
    entries = tuple(entry for entry in listing.tree if entry.type != "tree")
    return Tree(listing.sha, entries, listing.truncated)


async def read_file(repository: Repository, revision: str, path: str) -> File | None:
    """Read one file at a revision; None when there is no file of that name."""
    variables = {"owner": repository.owner, "name": repository.name, "file": f"{revision}:{path}"}
    answer = await query(repository, FILE_QUERY, variables, FILE)
    if answer.errors or answer.data is None or answer.data.repository is None:
        raise failure_of(answer.errors)
    return await exact_file(repository, answer.data.repository.file)


async def exact_file(repository: Repository, blob: Blob | None) -> File | None:
    """Return the file of a blob that GraphQL told of; raise GraphQLFailed when its bytes cannot be had."""
    if blob is None or not blob.oid:
        return None
    data = await read_exact(repository, blob.oid, blob, MAX_BYTES)
    if isinstance(data, bytes):
        return File(blob.oid, data)
    if data == "too large":
        return File(blob.oid, None)
    raise GraphQLFailed("/graphql", f"a blob is {data}", ())
