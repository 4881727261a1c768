import httpx
import pytest

from github.client import Client
from github.dates import DateRecorder
from github.deliveries import HookConfig, list_deliveries, read_hook_config, redeliver
from github.errors import NotFound
from github.installations import App
from github.pulls import list_open_pulls
from tests.standin.plugin import standin
from tests.standin.server import StandIn

__all__ = ["standin"]
pytestmark = pytest.mark.anyio


class Setting:
    """The App at the stand-in, with a repository, a pull request, and a log of deliveries."""

    def __init__(self, standin: StandIn, client: Client):
        self.standin = standin
        self.app = App(client, str(standin.app.id), standin.app.private_key_pem)
        self.there = standin.create_repository("acme/server")
        self.there.commit({"server.py": "one"})
        self.there.commit({"server.py": "two"}, "feature")
        self.pull = standin.open_pull(self.there, "feature")

    def record(self, *statuses: int) -> list[int]:
        events = [
            self.standin.webhook("pull_request", "opened", repository=self.there, pull=self.pull) for _ in statuses
        ]
        return [self.standin.hooks.record(*one).id for one in zip(events, statuses, strict=True)]


@pytest.fixture
async def at(standin: StandIn) -> Setting:
    async with Client(standin.url) as client:
        yield Setting(standin, client)


async def test_deliveries_are_listed_newest_first(at: Setting):
    ids = at.record(202, 503, 0)

    log = await list_deliveries(at.app, 0.0, 1)

    assert [(delivery.id, delivery.failed) for delivery in log.deliveries] == [
        (ids[2], True),
        (ids[1], True),
        (ids[0], False),
    ]
    assert log.complete


async def test_only_failed_deliveries_can_be_listed(at: Setting):
    ids = at.record(202, 503, 200)

    log = await list_deliveries(at.app, 0.0, 1, only_failed=True)

    assert [delivery.id for delivery in log.deliveries] == [ids[1]]


async def test_all_pages_are_read_by_their_cursor(at: Setting):
    ids = at.record(*[202] * 205)

    log = await list_deliveries(at.app, 0.0, 5)

    assert [delivery.id for delivery in log.deliveries] == ids[::-1]
    assert log.complete
    assert len(at.standin.log.calls("GET", "/app/hook/deliveries")) == 3


async def test_a_log_that_was_not_read_to_its_end_says_so(at: Setting):
    at.record(*[202] * 150)

    log = await list_deliveries(at.app, 0.0, 1)

    assert (len(log.deliveries), log.complete) == (100, False)


async def test_older_deliveries_are_left_out(at: Setting):
    old, new = at.record(202, 202)
    deliveries = at.standin.state.deliveries
    deliveries[old].delivered_at = deliveries[new].delivered_at.replace(year=2025)

    log = await list_deliveries(at.app, deliveries[new].delivered_at.timestamp(), 1)

    assert [delivery.id for delivery in log.deliveries] == [new]


async def test_a_delivery_is_sent_once_more_with_its_guid(at: Setting):
    at.standin.app.webhook_url = "http://127.0.0.1:1/webhook"
    (failed,) = at.record(503)

    await redeliver(at.app, failed)

    at.standin.wait_redelivered()
    again, first = (await list_deliveries(at.app, 0.0, 1)).deliveries
    assert (again.guid, again.redelivery, first.redelivery) == (first.guid, True, False)


async def test_a_delivery_that_is_gone_is_not_found(at: Setting):
    with pytest.raises(NotFound):
        await redeliver(at.app, 1)


async def test_the_configuration_of_the_webhook_is_read_without_its_secret(at: Setting):
    at.standin.app.webhook_url = "https://skillaudit.example/webhook"

    assert await read_hook_config(at.app) == HookConfig("https://skillaudit.example/webhook", "json", True, True)

    at.standin.app.webhook_url = None
    at.standin.app.webhook_secret = ""
    at.standin.app.webhook_content_type = "form"
    at.standin.app.webhook_insecure_ssl = "1"
    assert await read_hook_config(at.app) == HookConfig("", "form", False, False)


async def test_the_repositories_of_an_installation_are_listed_with_a_token_that_reads_nothing_else(at: Setting):
    second = at.standin.create_repository("acme/other")

    found = await at.app.repositories(at.standin.installation(at.there).id)

    assert [repository.full_name for repository in found] == [at.there.full_name, second.full_name]
    (token,) = at.standin.tokens()
    assert (token.permissions, token.repository_ids) == ({"metadata": "read"}, None)


async def test_pull_requests_that_were_not_touched_since_are_left_out(at: Setting):
    old = at.pull
    old.updated_at = old.updated_at.replace(year=2025)
    at.there.commit({"server.py": "three"}, "second")
    new = at.standin.open_pull(at.there, "second")
    repository = at.app.repository(at.standin.installation(at.there).id, at.there.id, at.there.full_name)

    since = new.updated_at.replace(microsecond=0)
    assert [pull.number for pull in await list_open_pulls(repository, since)] == [new.number]
    assert [pull.number for pull in await list_open_pulls(repository)] == [new.number, old.number]


@pytest.mark.parametrize(("local", "ahead"), [(1000.0, 0.0), (1000.9, 0.0), (1045.0, 44.0), (940.0, -60.0)])
async def test_the_distance_of_the_clocks_is_told_by_the_date_of_an_answer(local: float, ahead: float):
    date = {"Date": "Thu, 01 Jan 1970 00:16:40 GMT"}
    recorder = DateRecorder(httpx.MockTransport(lambda _: httpx.Response(404, headers=date)), lambda: local)

    async with httpx.AsyncClient(transport=recorder) as client:
        await client.get("https://api.github.com/")

    assert recorder.ahead == ahead


async def test_an_answer_without_a_date_tells_nothing_of_the_clocks():
    recorder = DateRecorder(httpx.MockTransport(lambda _: httpx.Response(200, headers={"Date": "today"})))

    async with httpx.AsyncClient(transport=recorder) as client:
        await client.get("https://api.github.com/")

    assert recorder.ahead is None
