"""What the product exists for, from the pull request to the green check, on a real server process."""

from pathlib import Path

from tests.app import shop
from tests.app.served import Served
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]


def test_a_tool_without_authorization_is_commented_on_and_its_fix_closes_the_comment(
    standin: StandIn, tmp_path: Path
) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    repository.commit(shop.UNGUARDED, "feature")
    pull = standin.open_pull(repository, "feature")

    with Served(standin, tmp_path) as served:
        served.start()
        check = served.review("opened", repository, pull)

        assert (check.name, check.status, check.conclusion) == ("SkillAudit", "completed", "failure")
        assert shop.NAME in check.title
        (review,) = standin.reviews(repository, pull)
        assert (review.state, review.commit_id) == ("COMMENTED", pull.head_sha)
        (comment,) = standin.comments(repository, pull)
        line = shop.UNGUARDED["server.py"].splitlines().index(f"async def {shop.NAME}(customer_id: str) -> str:") + 1
        assert (comment.path, comment.line, comment.side) == ("server.py", line, "RIGHT")
        assert f"`{shop.NAME}` runs for every caller that holds a valid token" in comment.body
        assert "Pattern: " in comment.body
        assert check.annotations == []

        repository.commit(shop.GUARDED, "feature")
        check = served.review("synchronize", repository, pull)

    assert check.conclusion == "success"
    assert len(standin.reviews(repository, pull)) == 1
    assert standin.comments(repository, pull) == []
    (closed,) = standin.comments(repository, pull, hidden=True)
    assert closed.minimized is not None
    assert closed.body.startswith("~~")
    assert f"Fixed in `{pull.head_sha[:7]}`" in closed.body


def test_nothing_secret_and_no_source_is_logged_or_stored(standin: StandIn, tmp_path: Path) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    repository.commit(shop.UNGUARDED, "feature")
    pull = standin.open_pull(repository, "feature")

    with Served(standin, tmp_path) as served:
        served.start()
        served.review("opened", repository, pull)

    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("skillaudit.db*"))
    said = stored + "\n".join(served.output).encode()
    secrets = [token.value for token in standin.tokens()] + [standin.app.webhook_secret]
    assert [secret for secret in secrets if secret.encode() in said] == []
    assert b"PRIVATE KEY" not in said
    assert b"crm.internal" not in said
    assert b"async def" not in said
