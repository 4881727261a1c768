import gzip
import io
import tarfile

import httpx
import pytest

from github.archives import read_archive
from github.blobs import blob_oid
from github.client import Client
from github.errors import ArchiveRefused, NotFound, ServerFailed, Unreachable
from github.repositories import Repository
from github.unpacking import Archive, Limits

pytestmark = pytest.mark.anyio

ROUTE = "GET /repos/octo/shop/tarball/aa"
CODELOAD = "GET /octo/shop/legacy.tar.gz/aa"
SIGNED = "https://codeload.github.com/octo/shop/legacy.tar.gz/aa?token=signed"
WANTED = {"a.py": blob_oid(b"x = 1\n")}


def redirect(location: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": location})


def tarball() -> httpx.Response:
    stream = io.BytesIO()
    info = tarfile.TarInfo("octo-shop-aa/a.py")
    info.size = 6
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(info, io.BytesIO(b"x = 1\n"))
    return httpx.Response(200, content=gzip.compress(stream.getvalue()))


async def test_a_tarball_is_read_from_the_archive_host_without_our_token(repository, script):
    script.on(ROUTE, redirect(SIGNED))
    script.on(CODELOAD, tarball())

    assert await read_archive(repository, "aa", WANTED) == Archive({"a.py": b"x = 1\n"}, ())
    asked, downloaded = script.requests
    assert asked.headers["authorization"] == "Bearer t0"
    assert "authorization" not in downloaded.headers
    assert str(downloaded.url) == SIGNED


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/octo/shop/legacy.tar.gz/aa",
        "https://codeload.github.com.evil.example/x",
        "https://codeload.github.com@evil.example/x",
        "https://user@codeload.github.com/x",
        "https://codeload.github.com:8443/x",
        "http://codeload.github.com/x",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_foreign_host_is_never_asked(repository, script, location):
    if location:
        script.on(ROUTE, redirect(location))
    else:
        script.on(ROUTE, httpx.Response(200, content=b""))

    with pytest.raises(ArchiveRefused):
        await read_archive(repository, "aa", WANTED)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("base_url", "location"),
    [
        ("https://git.example.com/api/v3", "https://codeload.git.example.com/octo/shop/legacy.tar.gz/aa"),
        ("https://git.example.com/api/v3", "https://git.example.com/octo/shop/legacy.tar.gz/aa"),
        ("https://api.octo.ghe.com", "https://codeload.octo.ghe.com/octo/shop/legacy.tar.gz/aa"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123/octo/shop/legacy.tar.gz/aa"),
    ],
)
async def test_every_edition_has_its_archive_host(script, keys, base_url, location):
    script.on("GET /api/v3/repos/octo/shop/tarball/aa", redirect(location))
    script.on(ROUTE, redirect(location))
    script.on(CODELOAD, tarball())
    async with Client(base_url, transport=script) as client:
        archive = await read_archive(Repository(client, keys(), "octo/shop"), "aa", WANTED)

    assert archive.files == {"a.py": b"x = 1\n"}


@pytest.mark.parametrize("failure", [httpx.Response(502), httpx.ReadError("cut")])
async def test_a_download_that_breaks_is_begun_again(repository, script, clock, failure):
    script.on(ROUTE, redirect(SIGNED))
    script.on(CODELOAD, failure, tarball())

    assert (await read_archive(repository, "aa", WANTED)).files == {"a.py": b"x = 1\n"}
    assert clock.slept == [0.5]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(httpx.Response(503), ServerFailed), (httpx.ReadTimeout("slow"), Unreachable), (httpx.Response(404), NotFound)],
)
async def test_a_download_that_cannot_be_had_is_named(repository, script, failure, expected):
    script.on(ROUTE, redirect(SIGNED))
    script.on(CODELOAD, failure)

    with pytest.raises(expected) as caught:
        await read_archive(repository, "aa", WANTED)
    assert "signed" not in str(caught.value)


async def test_a_download_is_not_redirected_again(repository, script):
    script.on(ROUTE, redirect(SIGNED))
    script.on(CODELOAD, redirect("http://169.254.169.254/"))

    with pytest.raises(ArchiveRefused):
        await read_archive(repository, "aa", WANTED)
    assert len(script.requests) == 2


class Endless(httpx.AsyncByteStream):
    def __init__(self):
        self.sent = 0

    async def __aiter__(self):
        while True:
            self.sent += 65_536
            yield bytes(65_536)


class EndlessDownload(httpx.AsyncBaseTransport):
    def __init__(self):
        self.stream = Endless()

    async def handle_async_request(self, request):
        if "tarball" in request.url.path:
            return redirect(SIGNED)
        return httpx.Response(200, stream=self.stream)


async def test_an_endless_download_is_left_at_the_limit(keys):
    transport = EndlessDownload()
    async with Client(transport=transport) as client:
        repository = Repository(client, keys(), "octo/shop")
        archive = await read_archive(repository, "aa", WANTED, Limits(compressed=1_000_000))

    assert archive.files == {}
    assert archive.stopped is not None
    assert transport.stream.sent <= 1_000_000 + 65_536
