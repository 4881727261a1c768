"""Errors of requests that name the address that was asked, with a secret in its query, and are written to a log."""

from collections.abc import Iterable, Iterator

import msgspec

from analyzers.authority.secret_texts import secret_text
from analyzers.evidence.log_arguments import LogArgument
from analyzers.facts import Event
from analyzers.finding import Evidence
from analyzers.flow.exposure import ExposureReader
from analyzers.flow.exposure_urls import asked_with
from analyzers.flow.secrets import Leak, Secret
from analyzers.project.program import Function
from analyzers.rule import Draft

NAMED = "a request carries it in its address, which the error names"
MAX_PLACES = 12


def with_request(draft: Draft, reader: ExposureReader, written: LogArgument, leak: Leak) -> Draft:
    """Return what is said of a logging call with the request that it writes the address of, if it does."""
    request = _request(reader, written, leak)
    if request is None:
        return draft
    function = written.function
    secret = secret_text(leak.secret)
    return msgspec.structs.replace(
        draft,
        message=f"{draft.message.removesuffix('.')}, in the error of a request whose address holds it.",
        evidence=(
            *draft.evidence[:-1],
            Evidence(function.file.path, function.line_of(request.value), NAMED),
            *draft.evidence[-1:],
        ),
        group=f"{leak.secret.kind}|{leak.secret.name}|{NAMED}",
        group_message=f"logging calls write {secret}, in errors of requests whose address holds it.",
    )


def with_places(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Yield drafts, those that are told together each with the places of the others."""
    found = list(drafts)
    places: dict[str, list[Evidence]] = {}
    for draft in found:
        if draft.group:
            places.setdefault(draft.group, []).append(draft.evidence[-1])
    for draft in found:
        others = [place for place in places.get(draft.group, ()) if place != draft.evidence[-1]]
        likewise = tuple(Evidence(place.path, place.line, "likewise") for place in others[:MAX_PLACES])
        yield msgspec.structs.replace(draft, evidence=(*draft.evidence, *likewise)) if likewise else draft


def _request(reader: ExposureReader, written: LogArgument, leak: Leak) -> Event | None:
    """Return the request whose address stands in the text of an error that a call writes, None for anything else."""
    function = written.function
    if leak.function is not function:
        return None
    for part in function.made_of(written.value):
        node = function.facts.values[part]
        if node.op == "exception" and leak.secret in reader.held(function, part):
            handlers = (event for event in function.facts.events if event.kind == "swallow")
            handler = next((event for event in handlers if event.start == node.start), None)
            guarded = function.facts.events[handler.dominator + 1 :] if handler is not None else ()
            return _asking(reader, function, guarded, leak.secret)
    return None


def _asking(reader: ExposureReader, function: Function, guarded: Iterable[Event], secret: Secret) -> Event | None:
    for event in guarded:
        if event.kind == "swallow":
            return None
        if event.kind == "call" and secret in asked_with(reader, function, function.facts.values[event.value]):
            return event
    return None
