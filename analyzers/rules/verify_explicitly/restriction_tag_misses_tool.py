"""Tools that a restriction by tag does not reach."""

from collections.abc import Iterator, Mapping

from analyzers.authority.harm import effect_evidence, harm_text
from analyzers.authority.rows import Row
from analyzers.examples import HEAD
from analyzers.finding import Evidence, Safety, Severity
from analyzers.fixes.rewrite import replace_value, set_argument
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

MIN_RANK = 2
RESTRICTED = (
    HEAD
    + """
            from fastmcp.server.auth import require_scopes, restrict_tag
            from fastmcp.server.middleware import AuthMiddleware

            mcp.add_middleware(AuthMiddleware(auth=restrict_tag("admin", scopes=["admin"])))

            {decorator}
            def refund(order: str) -> str:
                return httpx.{method}("https://payments.internal/refunds", params={{"order": order}}).text

            mcp.run(transport="{transport}")
"""
)


class RestrictionTagMissesTool(Rule):
    """
    ## What it finds
    A tool that changes something, on a network server that checks its callers only for tools with a certain tag, and
    that does not carry the tag.

    Tools with a check of their own or a check for all tools beside it, tools that only read, and servers on stdio are
    not reported.

    ## Why it matters
    A restriction by tag lets every tool without the tag through, whoever calls. It protects what somebody remembered:
    a tool that is added tomorrow is open until it is tagged.

    ## Fix
    Tag the tool, or better refuse by default: one map from tool to the scope it needs, in a hook that refuses tools
    that are not in it.
    """

    id = "restriction-tag-misses-tool"
    summary = "a tool lacks the tag that its server's only check is limited to"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-862",)
    owasp = ("MCP07",)
    spec = ("server/tools#security-considerations",)
    pattern = "decide-at-every-call"
    column = "authorization"
    says_missing = True
    examples = (
        py(
            RESTRICTED.format(decorator="@mcp.tool  # finding", method="post", transport="http"),
            fixed=RESTRICTED.format(decorator='@mcp.tool(tags={"admin"})', method="post", transport="http"),
        ),
        py(
            RESTRICTED.format(decorator='@mcp.tool(tags={"payments"})  # finding', method="delete", transport="http"),
            fixed=RESTRICTED.format(
                decorator='@mcp.tool(tags={"payments", "admin"})', method="delete", transport="http"
            ),
            note="another tag",
        ),
        py(
            RESTRICTED.format(decorator='@mcp.tool(name="pay_back")  # finding', method="post", transport="http"),
            fixed=RESTRICTED.format(
                decorator='@mcp.tool(name="pay_back", tags={"admin"})', method="post", transport="http"
            ),
        ),
        py(RESTRICTED.format(decorator='@mcp.tool(tags={"admin"})', method="post", transport="http")),
        py(
            RESTRICTED.format(decorator='@mcp.tool(auth=require_scopes("refund"))', method="post", transport="http"),
            note="a check of its own",
        ),
        py(RESTRICTED.format(decorator="@mcp.tool", method="get", transport="http"), note="it only reads"),
        py(RESTRICTED.format(decorator="@mcp.tool", method="post", transport="stdio"), note="local"),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool without the tag."""
        for row in analysis.rows:
            if is_missed(row):
                yield self._draft(row, row.state.restricted_tags())

    def _draft(self, row: Row, tags: list[str]) -> Draft:
        declared = row.entry.declared
        function, node = declared.function, declared.node
        shown = " or ".join(f"`{tag}`" for tag in tags)
        return Draft(
            key=row.key,
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"{row.title} is not tagged {shown}, and only tools that are get checked.",
            why=(
                "The server's check lets every tool without its tag through. Any caller with a valid token, or a model "
                f"talked into it by a document, can {harm_text(row)}."
            ),
            severity=Severity.HIGH,
            confidence=row.confidence(),
            evidence=tuple(self._evidence(row, shown)),
            rows=(row.key,),
            start=node.start,
            end=node.end,
        )

    def _evidence(self, row: Row, shown: str) -> Iterator[Evidence]:
        for hook in row.state.hooks:
            if hook.tag:
                yield Evidence(
                    hook.place.path, hook.place.line, f"checks callers of tools that are tagged `{hook.tag}`"
                )
        declared = row.entry.declared
        path, line = declared.function.file.path, declared.function.line_of(declared.value)
        yield Evidence(path, line, f"{row.title} is registered without the tag {shown}")
        yield from effect_evidence(row)

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Add the tag where there is one to choose, and the registration is written as a decorator or a call of it."""
        row = next(row for row in analysis.rows if row.key == draft.key)
        tags = row.state.restricted_tags()
        text = texts.get(draft.path)
        declared = row.entry.declared
        function, node = declared.function, declared.node
        if text is None or len(tags) != 1:
            return None
        given = row.entry.keywords.get("tags", -1)
        if given >= 0:
            display = function.facts.values[given]
            written = text[display.start : display.end].decode()
            if display.op not in ("set", "list") or not display.args or written.rstrip("]} \n").endswith(","):
                return None
            edit = replace_value(function, given, f'{written[:-1]}, "{tags[0]}"{written[-1]}')
        elif node.op == "call":
            changed = set_argument(text, function, declared.value, "tags", f'{{"{tags[0]}"}}')
            if changed is None:
                return None
            edit = changed
        else:
            edit = replace_value(
                function, declared.value, f'{text[node.start : node.end].decode()}(tags={{"{tags[0]}"}})'
            )
        return Proposal(f"Tag the tool `{tags[0]}`", Safety.SAFE, (edit,))


def is_missed(row: Row) -> bool:
    """Tell whether nothing but a restriction by a tag that it lacks stands before a tool."""
    return (
        row.entry.kind == "tool"
        and row.is_remote
        and row.rank >= MIN_RANK
        and bool(row.state.authentication)
        and bool(row.state.restricted_tags())
        and row.authorization.kind in ("none", "mode_gate")
    )
