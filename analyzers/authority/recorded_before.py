"""Records that are made of a call before it comes to the function that tells its method from others."""

from typing import TYPE_CHECKING

from analyzers.authority.auditing import NO_AUDIT, Audit
from analyzers.project.servers import EntryPoint

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader


def audit_before(servers: "ServerReader", entry: EntryPoint) -> Audit:
    """Return what is recorded of a call wherever a server's own dispatcher is called, nothing where it is not once."""
    dispatcher = entry.server.site.function
    resolver = servers.flow.resolver
    callers = {
        caller.id: caller
        for caller, call in servers.program.call_sites(dispatcher.facts.name)
        if servers.surface.is_product(caller) and caller is not dispatcher
        if any(found is dispatcher for found, _ in resolver.functions(caller, caller.facts.values[call].args[0]))
    }
    made = [servers.audits.before(caller) for caller in callers.values()]
    return min(made, key=lambda audit: audit.subject) if made and all(audit.tool for audit in made) else NO_AUDIT
