"""Middleware of servers, as values."""

import msgspec

from analyzers.authority.auditing import NO_AUDIT, Audit
from analyzers.flow.guards import Guard, Place
from analyzers.project.program import Function
from analyzers.project.targets import Reference


class Hook(msgspec.Struct, frozen=True):
    """One middleware: its place, its class or function, and what holds whenever it lets a call through.

    `listing` is the method that answers `tools/list`; `filters_list` whether it leaves tools out by who asks;
    `takes_name` tells that it is a method in place of the server's own, which is given the name of the tool.
    `reference` is where it is attached, `logs_arguments` whether it logs what calls are given as it stands. `tells` are
    the refusals that it records: its `own`, and those `caught` further in.
    """

    place: Place
    name: str
    guards: tuple[tuple[Guard, Place], ...] = ()
    audit: Audit = NO_AUDIT
    filters_list: bool = False
    handles_calls: bool = False
    function: Function | None = None
    resolved: bool = True
    tag: str = ""
    listing: Function | None = None
    reference: Reference | None = None
    logs_arguments: bool = False
    tells: frozenset[str] = frozenset()
    takes_name: bool = False
