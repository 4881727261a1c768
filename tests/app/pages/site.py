"""The pages on a loopback port, and a look at one of them in a browser."""

import socket
import threading

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import ConsoleMessage, Page, Request

from app.pages import create_router
from app.settings import Requirement


class Site:
    """The pages on a loopback port, with requirements that a test may change."""

    def __init__(self) -> None:
        self.requirements: tuple[Requirement, ...] = ()
        application = FastAPI()
        application.include_router(
            create_router(
                lambda: self.requirements, github_url="https://github.example", api_url="https://api.github.example"
            )
        )
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> "Site":
        # Connections wait in the socket's queue until the server takes them.
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"


class Visit:
    """A page in the browser, with everything it complained about and everything it asked for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)

    def open(self, path: str) -> int:
        response = self.page.goto(self.address + path)
        assert response is not None
        return response.status

    @property
    def foreign_requests(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(self.address)]
