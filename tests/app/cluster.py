"""A Postgres of the tests' own: a server in a temporary directory, reached through a socket there."""

import contextlib
import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import uuid
from pathlib import Path
from typing import IO, Self

import psycopg
import psycopg.sql

from app.store import Store

PROGRAMS = "/usr/lib/postgresql"
READY = "database system is ready to accept connections"
# The tests kill processes, never the machine, so that nothing need reach the disk.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
}


class Cluster:
    """One server with as many databases as tests want."""

    def __init__(self) -> None:
        # Postgres refuses to run as root.
        self._user = _unprivileged() if os.getuid() == 0 else getpass.getuser()
        # A short path: the name of a socket is limited to 107 bytes.
        self._directory = Path(tempfile.mkdtemp(prefix="pg-"))
        self._server: subprocess.Popen[str] | None = None
        self._returned: list[str] = []
        self._whole: set[str] = set()
        self._reader = threading.Thread()
        if os.getuid() == 0:
            shutil.chown(self._directory, self._user)
        self._run("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--username=skillaudit", str(self._data))

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [f"--{name}={value}" for name, value in OPTIONS.items()]
        self._server = subprocess.Popen(
            [program("postgres"), "-D", str(self._data), "-k", str(self._directory), *settings],
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._directory,
            **self._as_user(),
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=_watch, args=(self._server.stderr, ready), daemon=True)
        self._reader.start()
        if not ready.wait(60):
            raise TimeoutError("Postgres did not start")

    def stop(self) -> None:
        """Stop the server as a crash would: nothing is finished, the log is replayed at the next start."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
            self._reader.join()
            self._server = None

    def create(self) -> str:
        """Create an empty database and return its address."""
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f'CREATE DATABASE "{name}"')
        return self._address(name)

    def drop(self, address: str) -> None:
        """Drop a database, whoever is connected to it."""
        name = address.partition("@/")[2].partition("?")[0]
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def borrow(self) -> str:
        """Return the address of a database with tables and nothing in them; `give_back` must follow."""
        if self._returned:
            return self._returned.pop()
        address = self.create()
        store = Store(address)
        store.migrate()
        store.close()
        with psycopg.connect(address) as connection:
            self._whole = _tables(connection)
        return address

    def give_back(self, address: str) -> None:
        """Empty the tables of a database, whoever is connected to it, and keep it for the next who borrows one."""
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = _tables(connection)
            every = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, sorted(tables - {"alembic_version"})))
            connection.execute(psycopg.sql.SQL("TRUNCATE {} RESTART IDENTITY").format(every))
        if tables == self._whole:
            self._returned.append(address)
        else:
            # A test has broken it.
            self.drop(address)

    def close(self) -> None:
        """Stop the server and delete its files."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _address(self, name: str) -> str:
        return f"postgresql://skillaudit@/{name}?host={self._directory}"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [program(name), *arguments], check=True, capture_output=True, cwd=self._directory, **self._as_user()
        )

    def _as_user(self) -> dict[str, object]:
        if os.getuid() != 0:
            return {}
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}


def _tables(connection: psycopg.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def program(name: str) -> str:
    """Return the path of one of Postgres' programs: Debian keeps them, version by version, off the PATH."""
    debian = sorted(Path(PROGRAMS).glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} of Postgres is missing: tests/system-packages.sh installs it")
    return found


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _watch(stream: IO[str] | None, ready: threading.Event) -> None:
    with stream or contextlib.nullcontext(()) as lines:
        for line in lines:
            if READY in line:
                ready.set()
