"""The conversation of a pull request, which GitHub keeps as that of an issue."""

import msgspec

from github.repositories import Repository
from github.reviews import Author


class ConversationComment(msgspec.Struct, frozen=True):
    """A comment in the conversation; `user` is null for deleted accounts."""

    id: int
    body: str | None = None
    user: Author | None = None


COMMENT = msgspec.json.Decoder(ConversationComment)
COMMENTS = msgspec.json.Decoder(tuple[ConversationComment, ...])
ROUTE = "/issues/{issue_number}/comments"


async def list_conversation(repository: Repository, number: int) -> tuple[ConversationComment, ...]:
    """List the comments of a conversation, oldest first."""
    found: list[ConversationComment] = []
    async for page in repository.pages(ROUTE, COMMENTS, issue_number=number):
        found.extend(page)
    return tuple(found)


async def comment(repository: Repository, number: int, body: str) -> ConversationComment:
    """Comment in a conversation; raise WriteOutcomeUnknown when only reading back tells."""
    return await repository.write("POST", ROUTE, COMMENT, {"body": body}, issue_number=number)
