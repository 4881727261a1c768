"""Answers to people, each given once: in the thread in which they asked, or in the conversation."""

from collections.abc import Awaitable, Callable

from app.events import Command
from app.identity import Identity
from github.conversations import comment, list_conversation
from github.errors import WriteOutcomeUnknown
from github.markers import Marker, parse_marker
from github.repositories import Repository
from github.reviews import Author, list_comments, reply


class Answering:
    """Answers on pull requests of one repository."""

    def __init__(self, repository: Repository, identity: Identity) -> None:
        self._repository = repository
        self._identity = identity

    @staticmethod
    def job(comment: str) -> str:
        """Return what the marker of the answer to a comment names, by which it is found again."""
        return f"answer:{comment.replace('/', ':')}"

    async def once(self, command: Command, text: str) -> None:
        """Answer where a command was given, unless that was done before. Raise github.errors.CallFailed."""
        job = self.job(command.comment)
        if not command.thread:
            await self.in_conversation(command.number, text, job)
            return
        await _surely(
            lambda: self._stands_in_thread(command.number, job),
            lambda: reply(self._repository, command.number, command.thread, text),
        )

    async def in_conversation(self, number: int, text: str, job: str) -> None:
        """Comment in the conversation, unless a comment of ours carries this job's marker. Raise CallFailed."""
        await _surely(
            lambda: self._stands_in_conversation(number, job), lambda: comment(self._repository, number, text)
        )

    async def _stands_in_thread(self, number: int, job: str) -> bool:
        login = (await self._identity.details()).login
        return any(_is_ours(item.user, item.body, login, job) for item in await list_comments(self._repository, number))

    async def _stands_in_conversation(self, number: int, job: str) -> bool:
        login = (await self._identity.details()).login
        comments = await list_conversation(self._repository, number)
        return any(_is_ours(item.user, item.body or "", login, job) for item in comments)


async def _surely(stands: Callable[[], Awaitable[bool]], write: Callable[[], Awaitable[object]]) -> None:
    """Write what does not stand yet, and look again before giving up a write whose outcome is unknown."""
    if await stands():
        return
    try:
        await write()
    except WriteOutcomeUnknown:
        if not await stands():
            raise


def _is_ours(author: Author | None, body: str, login: str, job: str) -> bool:
    return author is not None and author.login == login and parse_marker(body) == Marker(job)
