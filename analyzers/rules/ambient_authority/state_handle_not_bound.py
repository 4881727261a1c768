"""Handles to kept state that are not bound to who got them, or that can be guessed."""

from collections.abc import Iterator, Mapping
from itertools import islice

from analyzers.authority.row_texts import is_callers_own
from analyzers.authority.rows import Row
from analyzers.authority.stores import GUESSABLE, StoreUse, makers_of, store_writes
from analyzers.evidence.held_handles import handle_uses, is_bound
from analyzers.finding import Confidence, Evidence, Safety, Severity
from analyzers.fixes.rewrite import add_import, replace_value
from analyzers.flow.labels import is_identity
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

PAGES = ("page_token", "next_token", "continuation_token", "cursor")


class StateHandleNotBound(Rule):
    """
    ## What it finds
    State of a network server that one call leaves under a handle the server makes (a cart, a job, a session) and
    another call finds by that handle alone, while callers are authenticated: neither the key of the store nor any
    comparison in that call names the verified subject. And handles that can be guessed: a time, a count, `uuid1`,
    `random`.

    Caches under what was asked for are no handles. State under `(subject, handle)`, or whose owner is compared, is not
    reported. A handle to the rest of a listing counts little, and is noted where nothing is kept that is of one caller,
    unless all callers share one token and there is no subject to bind it to.

    ## Why it matters
    The protocol is stateless, so handles go through the model, into transcripts and logs. Who holds or guesses one acts
    on the state of somebody else; the specification says that possession of a handle must not be authentication.

    ## Fix
    Keep state under the verified subject and the handle, and make handles with `secrets.token_urlsafe`.
    """

    id = "state-handle-not-bound"
    summary = "state is found by a handle alone, whoever holds it"
    principle = "ambient_authority"
    severity = Severity.HIGH
    confidence = Confidence.MEDIUM
    cwe = ("CWE-639", "CWE-330")
    owasp = ("MCP10", "MCP07")
    spec = ("tutorials/security/security_best_practices#state-handle-hijacking",)
    pattern = "state-keyed-by-subject"
    examples = (
        py(
            """
            import secrets
            from fastmcp import FastMCP

            mcp = FastMCP("shop", auth=verifier)
            carts = {}

            @mcp.tool
            def new_cart(item: str) -> str:
                cart = secrets.token_urlsafe(32)
                carts[cart] = [item]
                return cart

            @mcp.tool
            def show_cart(cart: str) -> list[str]:
                return carts[cart]  # finding

            mcp.run(transport="http")
            """,
            note="whoever holds the handle",
        ),
        py(
            """
            import uuid
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("jobs")
            jobs = {}

            @mcp.tool()
            def start(command: str) -> str:
                job = str(uuid.uuid1())
                jobs[job] = command  # finding
                return job

            @mcp.tool()
            def status(job: str) -> str:
                return jobs.get(job, "unknown")

            mcp.run(transport="streamable-http")
            """,
            fixed="""
            import uuid
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("jobs")
            jobs = {}

            @mcp.tool()
            def start(command: str) -> str:
                job = str(uuid.uuid4())
                jobs[job] = command
                return job

            @mcp.tool()
            def status(job: str) -> str:
                return jobs.get(job, "unknown")

            mcp.run(transport="streamable-http")
            """,
            note="a handle that can be guessed",
        ),
        py(
            """
            import secrets
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("shop", auth=verifier)
            carts = {}
            orders = {}

            @mcp.tool
            def new_cart(item: str) -> str:
                cart = secrets.token_urlsafe(32)
                carts[get_access_token().claims["sub"], cart] = [item]
                return cart

            @mcp.tool
            def show_cart(cart: str) -> list[str]:
                return carts[get_access_token().claims["sub"], cart]

            @mcp.tool
            def new_order(item: str) -> str:
                order = secrets.token_urlsafe(32)
                orders[order] = {"owner": get_access_token().claims["sub"], "item": item}
                return order

            @mcp.tool
            def show_order(order: str) -> str:
                found = orders[order]
                if found["owner"] != get_access_token().claims["sub"]:
                    raise PermissionError(order)
                return found["item"]

            mcp.run(transport="http")
            """,
            note="under the subject, and with the owner compared",
        ),
        py(
            """
            import uuid
            import httpx
            from fastmcp import FastMCP

            shop = FastMCP("shop", auth=verifier)
            local = FastMCP("local")
            pages = {}
            jobs = {}

            @shop.tool
            def fetch(page: str) -> str:
                if page not in pages:
                    pages[page] = httpx.get("https://shop.internal/", params={"p": page}).text
                return pages[page]

            @local.tool
            def start(command: str) -> str:
                job = str(uuid.uuid1())
                jobs[job] = command
                return job

            @local.tool
            def status(job: str) -> str:
                return jobs[job]

            shop.run(transport="http")
            local.run()
            """,
            note="a cache under what was asked for, and a server with one user",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each store whose handles are not bound to a subject, or can be guessed."""
        made, found = handle_uses(analysis)
        for store, (made_at, maker, row) in made.items():
            others = [item for item in found.get(store, ()) if item[0].function is not made_at.function]
            loose = [item for item in others if not is_bound(analysis, *item)]
            if loose and maker in GUESSABLE:
                yield self._guessed(made_at, maker, row)
            else:
                held = (item for item in loose if item[1].state.authentication)
                for use, finder in islice(held, 1):
                    # Callers who share one token cannot be told apart, and have it from one person in the end.
                    severity = Severity.LOW if finder.state.anonymous else Severity.HIGH
                    severity = _severity_of_page(analysis, made_at, row) if _is_page(use) else severity
                    # Nor is there a subject that the rest of a listing could be bound to.
                    if severity is not Severity.INFO or not finder.state.anonymous:
                        yield self._held(made_at, use, finder, severity)

    def _guessed(self, use: StoreUse, maker: str, row: Row) -> Draft:
        location = use.function.location(use.start, use.end)
        return Draft(
            key=f"{use.store}|guessed",
            path=location.path,
            location=location,
            message=f"{row.title} keeps state in `{use.name}` under a handle that can be guessed.",
            why=(
                f"`{maker.removeprefix('builtins.')}` gives names that others can work out. Who knows one acts on the "
                "state of somebody else: make handles with `secrets.token_urlsafe`."
            ),
            severity=Severity.HIGH,
            confidence=min(Confidence.MEDIUM, row.confidence()),
            evidence=(Evidence(location.path, location.line, f"kept under what `{maker}` gave"),),
            rows=(row.key,),
            start=use.start,
            end=use.end,
        )

    def _held(self, made: StoreUse, use: StoreUse, row: Row, severity: Severity) -> Draft:
        location = use.function.location(use.start, use.end)
        made_at = made.function.location(made.start, made.end)
        return Draft(
            key=f"{use.store}|held",
            path=location.path,
            location=location,
            message=f"{row.title} finds state in `{use.name}` by its handle alone, whoever holds it.",
            why=(
                "Callers are authenticated, but nothing binds the handle to the one who got it: possession of a handle "
                "is no authentication. Keep the state under the verified subject and the handle."
            ),
            severity=severity,
            confidence=min(Confidence.MEDIUM, row.confidence()),
            evidence=(
                Evidence(made_at.path, made_at.line, "the handle is made here"),
                Evidence(location.path, location.line, f"found by what a caller of {row.title} gave"),
            ),
            rows=(row.key,),
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Make the handle with what nobody can guess, where that takes the same arguments."""
        text = texts.get(draft.path)
        for row in analysis.rows if draft.start >= 0 and text is not None else ():
            handler = row.entry.inner or row.entry.handler
            for use in store_writes(handler) if handler is not None and handler.file.path == draft.path else ():
                if text is not None and handler is not None and use.start == draft.start:
                    return _replaced(analysis, handler, use.key, text)
        return None


def _is_page(use: StoreUse) -> bool:
    """Tell whether a handle only leads to the rest of a listing."""
    return use.function.facts.values[use.key].text.lower().endswith(PAGES)


def _severity_of_page(analysis: Analysis, made: StoreUse, row: Row) -> Severity:
    """Return how grave it is to find the rest of a listing: not, where nothing kept for it is of one caller."""
    labeler = analysis.flow.labeler
    kept = [event.value for event in made.function.facts.events if event.kind == "store" and event.start == made.start]
    labels = labeler.resolved(labeler.union(made.function, kept))
    asked = labels.union(*(effect.arguments | effect.credentials for effect in row.effects))
    return Severity.LOW if is_identity(asked) or any(map(is_callers_own, asked)) else Severity.INFO


def _replaced(analysis: Analysis, function: Function, key: int, text: bytes) -> Proposal | None:
    call = next((value for value, name in makers_of(analysis.flow, function, key) if GUESSABLE.get(name)), -1)
    if call < 0:
        return None
    name = next(name for value, name in makers_of(analysis.flow, function, key) if value == call)
    callee = function.facts.values[call].args[0]
    module = GUESSABLE[name].partition(".")[0]
    if function.facts.values[callee].op != "attr" or not function.file.is_free_for(module):
        return None
    edits = [replace_value(function, callee, GUESSABLE[name])]
    imported = add_import(text, function.file.path, f"import {module}")
    edits.extend([imported] if imported is not None else [])
    return Proposal("Make a handle that nobody can guess", Safety.SAFE, tuple(edits))
