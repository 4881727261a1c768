"""Ready-made loggers that write the arguments of every call."""

from collections.abc import Iterator

from analyzers.authority.parameters import secret_parameters
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.rule import Analysis, Draft


def payload_drafts(analysis: Analysis) -> Iterator[Draft]:
    """Yield a draft for each ready-made logger that writes the arguments of calls, a credential among them."""
    for state in analysis.servers:
        for hook in state.hooks:
            reference = hook.reference
            if reference is None or not hook.logs_arguments:
                continue
            named = [
                (row, parameter)
                for row in analysis.rows
                if row.entry.server is state.server
                for parameter in secret_parameters(analysis.flow, row)
            ]
            if named:
                row, parameter = named[0]
                node = reference.node
                location = reference.function.location(node.start, node.end)
                yield Draft(
                    key=f"{state.server.id}|{hook.name}",
                    path=location.path,
                    location=location,
                    message=f"`{hook.name}` writes the arguments of every call to the log, "
                    f"`{parameter.name}` of {row.title} among them.",
                    why=(
                        "Logs have other readers and live longer than the process. Whoever reads them has every "
                        "credential that was ever passed; give the logger a serializer that leaves them out."
                    ),
                    severity=Severity.MEDIUM,
                    confidence=Confidence.HIGH,
                    evidence=(
                        Evidence(parameter.location.path, parameter.location.line, "the credential's parameter"),
                    ),
                    rows=tuple(dict.fromkeys(item.key for item, _ in named)),
                )
