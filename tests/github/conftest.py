import json
from collections import defaultdict
from collections.abc import Callable, Iterable

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from github.client import Client
from github.credentials import Authorization
from github.installations import App
from github.repositories import Repository
from github.retries import Timing

Answer = httpx.Response | httpx.TransportError | Callable[[httpx.Request], httpx.Response]


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now = 1_800_000_000.0
        self.slept = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Script(httpx.AsyncBaseTransport):
    """Answers each `METHOD path` with what was scripted for it, the last answer again and again."""

    def __init__(self):
        self.answers = defaultdict(list)
        self.requests = []

    def on(self, what: str, *answers: Answer) -> None:
        self.answers[what].extend(answers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        scripted = self.answers[f"{request.method} {request.url.path}"]
        assert scripted, f"{request.method} {request.url} was not expected"
        answer = scripted.pop(0) if len(scripted) > 1 else scripted[0]
        if isinstance(answer, httpx.TransportError):
            raise answer
        response = answer(request) if callable(answer) else answer
        # A response that was read once cannot be streamed again.
        stream = httpx.ByteStream(response.content)
        return httpx.Response(response.status_code, headers=response.headers, stream=stream)

    def calls(self, what: str) -> list[httpx.Request]:
        return [request for request in self.requests if f"{request.method} {request.url.path}" == what]

    def bodies(self, what: str) -> list[dict]:
        return [json.loads(request.content) for request in self.calls(what)]


class Keys:
    """A credential with any number of authorizations."""

    def __init__(self, headers: Iterable[str] = ("Bearer t0",), minted_at: float = 0.0):
        self.left = [Authorization(header, minted_at) for header in headers]
        self.dropped = []

    async def authorization(self) -> Authorization:
        return self.left[0]

    def drop(self, refused: Authorization) -> bool:
        self.dropped.append(refused.header)
        if len(self.left) > 1:
            self.left.remove(refused)
            return True
        return False


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def timing(clock: Clock) -> Timing:
    return Timing(clock=clock.time, sleep=clock.sleep, jitter=lambda upper: upper)


@pytest.fixture
async def client(script: Script, timing: Timing) -> Client:
    async with Client("https://api.github.com", transport=script, timing=timing) as client:
        yield client


@pytest.fixture
def keys() -> Callable[..., Keys]:
    return Keys


@pytest.fixture
def repository(client: Client) -> Repository:
    return Repository(client, Keys(), "octo/shop")


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def app(client: Client, private_key: str) -> App:
    return App(client, "4242", private_key)
