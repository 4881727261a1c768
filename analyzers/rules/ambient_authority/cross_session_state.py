"""What one caller leaves behind in the process for the next."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.authority.rows import Row
from analyzers.authority.shared_state import Pick, Write, is_read_before, may_write, names_read, picks, writes
from analyzers.authority.unkeyed_caches import unkeyed_writes
from analyzers.authority.visits import Visits
from analyzers.evidence.state_writers import with_others
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.states import keyed_by_subject
from analyzers.flow.labels import BEARER, is_identity
from analyzers.frameworks.identity import AUTH_HOOKS
from analyzers.frameworks.mcp import is_framework
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, place_key, py


class CrossSessionState(Rule):
    """
    ## What it finds
    A variable of a module, an attribute of a class or of the one object that serves every call, which a tool, resource
    or hook of a network server sets from what a caller sent or is, and which another call reads, without the caller's
    identity as its key. So is a role or user that a caller's arguments decide, and what an authentication provider
    keeps of the last login. So is an answer that was got in the caller's name and is kept under a key without the
    caller. And an entry of a container of sessions, tokens or users that is taken by its position.

    Constants, locks, counters, connection pools, caches keyed by what was asked for, and context variables are not
    reported.

    ## Why it matters
    The protocol is stateless: calls of different callers meet in one process. What one caller leaves behind is read by
    the next, who then acts with the wrong account or sees the wrong data.

    ## Fix
    Keep such state under the verified subject of the token, with an expiry, or pass it on within the call.
    """

    id = "cross-session-state"
    summary = "one caller's data is kept where the next caller's call reads it"
    principle = "ambient_authority"
    severity = Severity.HIGH
    confidence = Confidence.MEDIUM
    cwe = ("CWE-488", "CWE-567")
    owasp = ("MCP10", "MCP01")
    spec = ("tutorials/security/security_best_practices#state-handle-hijacking", "server/tools#stateful-tools")
    pattern = "state-keyed-by-subject"
    examples = (
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("mail")
            _session = {}

            @mcp.tool
            def login(token: str) -> str:
                _session["token"] = token  # finding
                return "ok"

            @mcp.tool
            def list_mail() -> str:
                return httpx.get("https://mail.corp/", headers={"Authorization": _session["token"]}).text

            mcp.run(transport="http")
            """,
            note="an item under a constant key",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("bank")
            current_user = None
            service_token = ""

            @mcp.tool
            def login(username: str, password: str) -> None:
                global current_user
                answer = httpx.post("https://bank.corp/login", json={"name": username, "password": password})
                current_user = answer.json()["token"]  # finding

            @mcp.tool
            def balance(account: str) -> str:
                global service_token
                if not service_token:
                    asked = httpx.post("https://id.corp/token", data={"client_secret": os.environ["CLIENT_SECRET"]})
                    service_token = asked.json()["access_token"]
                headers = {"Authorization": f"Bearer {current_user}", "X-Service": service_token}
                return httpx.get("https://bank.corp/balance", params={"account": account}, headers=headers).text

            mcp.run(transport="http", host="0.0.0.0")
            """,
            note="what a login answered; the service's own token is no caller's",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("mail", auth=verifier)
            _session: dict[str, str] = {}

            @mcp.tool
            def login(token: str) -> str:
                _session["token"] = token  # finding
                return "ok"

            @mcp.tool
            def list_mail() -> str:
                if "token" not in _session:
                    return "log in first"
                return httpx.get("https://mail.corp/", headers={"Authorization": _session["token"]}).text

            @mcp.tool
            def logout() -> str:
                _session.pop("token", None)
                return "ok"

            mcp.run(transport="http")
            """,
            fixed="""
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token


            def caller() -> str:
                token = get_access_token()
                if token is None:
                    raise PermissionError("no verified caller")
                return str(token.claims["sub"])


            mcp = FastMCP("mail", auth=verifier)
            _session: dict[tuple[str, str], str] = {}

            @mcp.tool
            def login(token: str) -> str:
                _session[(caller(), "token")] = token
                return "ok"

            @mcp.tool
            def list_mail() -> str:
                if (caller(), "token") not in _session:
                    return "log in first"
                return httpx.get("https://mail.corp/", headers={"Authorization": _session[(caller(), "token")]}).text

            @mcp.tool
            def logout() -> str:
                _session.pop((caller(), "token"), None)
                return "ok"

            mcp.run(transport="http")
            """,
            note="and its callers are known",
        ),
        py(
            """
            from fastmcp import FastMCP

            mcp = FastMCP("crm", auth=verifier)
            account: str = "main"

            @mcp.tool
            def use_account(name: str) -> str:
                global account
                account = name.strip()  # finding
                return f"using {account}"

            @mcp.tool
            def total() -> float:
                return ledger.balance(account)

            mcp.run(transport="http")
            """,
            fixed="""
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token


            def caller() -> str:
                token = get_access_token()
                if token is None:
                    raise PermissionError("no verified caller")
                return str(token.claims["sub"])


            mcp = FastMCP("crm", auth=verifier)
            account_by_caller: dict[str, str] = {}

            @mcp.tool
            def use_account(name: str) -> str:
                account_by_caller[caller()] = name.strip()
                return f"using {account_by_caller.get(caller(), 'main')}"

            @mcp.tool
            def total() -> float:
                return ledger.balance(account_by_caller.get(caller(), 'main'))

            mcp.run(transport="http")
            """,
            note="one choice for all, of callers that are known",
        ),
        py(
            """
            from mcp.server.fastmcp import FastMCP
            from mcp.server.auth.middleware.auth_context import get_access_token

            mcp = FastMCP("notes")
            current_user = None

            @mcp.tool()
            def start() -> str:
                global current_user
                current_user = get_access_token().client_id  # finding
                return "ok"

            @mcp.tool()
            def read_notes() -> str:
                return open(f"/notes/{current_user}").read()

            mcp.run(transport="streamable-http")
            """,
            note="a global variable",
        ),
        py(
            """
            from fastmcp import FastMCP

            class Tools:
                def __init__(self, mcp: FastMCP) -> None:
                    self.account = ""
                    mcp.tool(self.use_account)
                    mcp.tool(self.balance)

                def use_account(self, account: str) -> None:
                    self.account = account  # finding

                def balance(self) -> str:
                    return open(f"/accounts/{self.account}").read()

            mcp = FastMCP("bank")
            Tools(mcp)
            mcp.run(transport="http")
            """,
            note="an attribute of the object that serves every call",
        ),
        py(
            """
            import contextvars
            import threading
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            import httpx

            mcp = FastMCP("shop")
            sessions = {}
            pages = {}
            calls = 0
            lock = threading.Lock()
            client = None
            user = contextvars.ContextVar("user")

            @mcp.tool
            def remember(note: str) -> None:
                sessions[get_access_token().claims["sub"]] = note
                user.set(note)

            @mcp.tool
            def recall() -> str:
                return sessions[get_access_token().claims["sub"]]

            @mcp.tool
            def fetch(page: str) -> str:
                global calls, client
                calls += 1
                client = client or httpx.Client()
                with lock:
                    if page not in pages:
                        pages[page] = client.get("https://shop.internal/", params={"p": page}).text
                return pages[page]

            mcp.run(transport="http")
            """,
            note="state under the subject, a cache, a counter, a lock and a client",
        ),
        py(
            """
            from fastmcp import FastMCP

            mcp = FastMCP("desk")
            SESSIONS = {}
            PASSWORD = "..."
            role = "guest"
            mode = "plain"

            def open_sessions():
                return list(SESSIONS.keys())

            @mcp.tool
            def login(password: str, session: str) -> None:
                global role
                SESSIONS[session] = password
                if password == PASSWORD:
                    role = "admin"  # finding

            @mcp.tool
            def report() -> str:
                session = open_sessions()[-1]  # finding
                return f"{role} in {session}"

            @mcp.tool
            def newest() -> str:
                return SESSIONS[next(iter(SESSIONS))]  # finding

            @mcp.tool
            def show(plain: bool, session: str) -> str:
                global mode
                if plain:
                    mode = "plain"
                return f"{mode} {SESSIONS[session]} {len(open_sessions())}"

            mcp.run(transport="http")
            """,
            note="a role that a call decides, sessions taken by position; not a display mode, nor a session by its id",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.google import GoogleProvider

            last_token = [None, 0.0]
            issued = {}

            class Provider(GoogleProvider):
                async def exchange_authorization_code(self, client, authorization_code):
                    result = await super().exchange_authorization_code(client, authorization_code)
                    last_token[0] = result.access_token  # finding
                    issued[client.client_id] = result.access_token
                    return result

                async def load_access_token(self, token):
                    return await super().load_access_token(last_token[0] or token)

            mcp = FastMCP("desk", auth=Provider())

            @mcp.tool
            def open_desk() -> str:
                return "open"

            mcp.run(transport="http")
            """,
            note="the token of whoever logged in last, kept by the authentication provider",
        ),
        py(
            """
            from fastmcp import FastMCP

            mcp = FastMCP("local")
            _session = {}

            @mcp.tool
            def login(token: str) -> None:
                _session["token"] = token

            @mcp.tool
            def show() -> bool:
                return bool(_session["token"])

            mcp.run()
            """,
            note="a stdio server has one user",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each state that one call sets and another reads, and for each entry taken by position."""
        written: dict[str, tuple[str, Row | None, Write]] = {}
        writers: dict[str, list[Row]] = {}
        unkeyed: dict[str, tuple[str, Row | None, Write]] = {}
        readers: dict[str, set[str]] = {}
        picked: list[Pick] = []
        seen: dict[str, bool] = {}
        visits = Visits(analysis.flow)
        for row, root, name in _roots(analysis):
            for visit in visits.of(root, row.entry.branch if row is not None else None):
                function = visit.function
                if function.id not in seen:
                    seen[function.id] = may_write(function)
                    picked.extend(picks(analysis.flow, function))
                    for state in names_read(function):
                        readers.setdefault(state, set()).add(function.id)
                for write in writes(analysis.flow, visit, root) if seen[function.id] else ():
                    written.setdefault(write.state, (name, row, write))
                    writers.setdefault(write.state, []).extend([row] if row is not None else ())
                for write in (
                    unkeyed_writes(analysis.flow, visit, root) if row is not None and seen[function.id] else ()
                ):
                    unkeyed.setdefault(write.state, (name, row, write))
        for name, row, write in unkeyed.values():
            yield self._cached(name, row, write)
        for state, (name, row, write) in written.items():
            if readers.get(state, set()) - {write.function.id} or (_is_personal(write) and is_read_before(write)):
                yield with_others(self._draft(name, row, write), name, writers[state])
        yield from (self._picked(pick) for pick in picked)

    def _draft(self, name: str, row: Row | None, write: Write) -> Draft:
        personal = _is_personal(write)
        function, event = write.function, write.event
        location = function.location(event.start, event.end)
        kept = "a credential or the identity of its caller" if personal else "what its caller sent"
        sure = row.confidence() if row is not None else Confidence.MEDIUM
        shared = row is not None and row.state.anonymous
        return Draft(
            key=f"{function.file.path}|{write.state}",
            path=function.file.path,
            location=location,
            message=f"`{name}` keeps {kept} in `{write.name}`, which the calls of others read.",
            why=(
                "Calls of different callers meet in one process, and this state is not kept under the caller's "
                "verified subject: the next caller acts with, or sees, what the last one left."
            ),
            severity=Severity.HIGH if personal else Severity.LOW if shared else Severity.MEDIUM,
            confidence=min(Confidence.MEDIUM, sure) if not personal else sure,
            evidence=(Evidence(location.path, location.line, f"set in a call of `{name}`"),),
            rows=(row.key,) if row is not None else (),
            start=event.start,
            end=event.end,
        )

    def _cached(self, name: str, row: Row | None, write: Write) -> Draft:
        return msgspec.structs.replace(
            self._draft(name, row, write),
            message=f"`{name}` keeps what it found for its caller in `{write.name}`, under a key without the caller.",
            why=(
                "It was asked for in the name of one caller, and is kept under what was asked for alone: whoever asks "
                "for the same next is answered with it, and nobody looks whether it is theirs."
            ),
            severity=Severity.HIGH,
            confidence=Confidence.MEDIUM,
        )

    def _picked(self, pick: Pick) -> Draft:
        function, value = pick.reference.function, pick.reference.value
        node = pick.reference.node
        location = function.location(node.start, node.end)
        return Draft(
            key=place_key(function, value),
            path=function.file.path,
            location=location,
            message=f"`{function.facts.qualname}` takes an entry of `{pick.name}` by position, whosever it is.",
            why=(
                "The container holds an entry for each caller. The first or last one is that of whoever came first or "
                "last: this call goes on with another caller's session, identity or credential."
            ),
            severity=Severity.HIGH,
            confidence=Confidence.MEDIUM,
            evidence=(Evidence(location.path, location.line, f"an entry of `{pick.name}`, by position"),),
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Put the caller's verified subject into all keys of a table, or make one of a variable of the module."""
        name = draft.key.removeprefix(f"{draft.path}|{draft.path}:")
        return keyed_by_subject(name, draft.path, analysis, texts) if name.isidentifier() else None


def _is_personal(write: Write) -> bool:
    return is_identity(write.labels) or BEARER in write.labels or write.is_credential


def _roots(analysis: Analysis) -> Iterator[tuple[Row | None, Function, str]]:
    """Yield what runs in a call from afar: handlers, middleware, and hooks of an authentication provider."""
    remote = [row for row in analysis.rows if row.is_remote and row.entry.handler is not None]
    seen: set[str] = set()
    for row in remote:
        if row.entry.handler is not None:
            yield row, row.entry.handler, row.name
        for hook in row.state.hooks:
            if hook.function is not None and hook.function.id not in seen:
                seen.add(hook.function.id)
                yield None, hook.function, hook.name
    for function in analysis.functions() if remote else ():
        if function.facts.name in AUTH_HOOKS and _is_of_provider(analysis, function):
            yield None, function, function.facts.qualname


def _is_of_provider(analysis: Analysis, function: Function) -> bool:
    """Tell whether a method belongs to a class that authenticates callers for a framework."""
    bases = analysis.flow.resolver.linearize(function.owner)[1] if function.owner is not None else ()
    return any(is_framework(base) and ".auth" in base for base in bases)
