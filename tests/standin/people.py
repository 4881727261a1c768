"""What people do on the stand-in: reply, resolve, comment, close."""

from dataclasses import dataclass, replace

from tests.standin.records import Comment, IssueComment, PullRequest, Thread
from tests.standin.repository import Repository
from tests.standin.state import State


@dataclass
class People:
    """Acts of people, stored at once; deliver the event that goes with them separately."""

    state: State

    def reply(self, root: Comment, login: str, body: str) -> Comment:
        """Reply to the first comment of a thread."""
        now = self.state.now()
        comment = replace(
            root,
            id=next(self.state.ids),
            author=self.state.user(login),
            body=body,
            in_reply_to=root.in_reply_to or root.id,
            review_id=None,
            created_at=now,
            updated_at=now,
            minimized=None,
            reactions=[],
        )
        self.state.comments[comment.id] = comment
        return comment

    def resolve(self, thread: Thread, login: str) -> None:
        """Resolve a thread."""
        thread.resolved_by = self.state.user(login)

    def unresolve(self, thread: Thread) -> None:
        """Open a resolved thread again."""
        thread.resolved_by = None

    def comment(self, repository: Repository, pull: PullRequest, login: str, body: str) -> IssueComment:
        """Comment in the conversation of a pull request."""
        made = IssueComment(next(self.state.ids), pull.number, self.state.user(login), body, self.state.now())
        repository.issue_comments[made.id] = made
        return made

    def close(self, pull: PullRequest) -> None:
        """Close a pull request."""
        pull.state = "closed"

    def reopen(self, pull: PullRequest) -> None:
        """Open a closed pull request again."""
        pull.state = "open"

    def merge(self, repository: Repository, pull: PullRequest) -> str:
        """Merge a pull request into its base branch and return the merge commit's id."""
        group = repository.open_merge_group(pull)
        del repository.merge_groups[group.head_ref]
        pull.merged_base_sha, pull.state, pull.merged = group.base_sha, "closed", True
        return repository.force(pull.base_branch, group.head_sha)
