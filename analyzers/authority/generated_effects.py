"""What the tools of a server do that is made of an API's description: requests of the client that it is given."""

from collections.abc import Iterator

from analyzers.flow.effects import Effect
from analyzers.flow.label_credentials import given
from analyzers.flow.labels import NONE, credentials_of
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.project.servers import EntryPoint
from analyzers.project.targets import argument_of


def generated_effects(flow: Flow, entry: EntryPoint) -> Iterator[Effect]:
    """Yield one request that stands for all operations, with what the client sends along and where it goes."""
    server, site = entry.server, entry.server.site
    if not (entry.dynamic and server.generated and site.node.op == "call"):
        return
    client = argument_of(site.node, mcp.CLIENT, 1)
    clients = flow.effects.clients
    made = clients.constructions(site.function, client) if client >= 0 else []
    calls = [(scope, scope.facts.values[value]) for scope, value in made if scope.facts.values[value].op == "call"]
    if not calls:
        return
    labeler = flow.labeler
    sent = NONE.union(*(labeler.resolved(given(labeler, scope, node)) for scope, node in calls))
    held = credentials_of(sent | clients.fitted(site.function, client))
    yield Effect(
        kind="write",
        name=f"{flow.resolver.external(site.function, client).removesuffix('()') or 'client'}().request",
        place=flow.guards.place(site.function, site.node.start),
        origin=(site.function.file.path, site.node.start, site.node.end),
        url=clients.base_url(site.function, client) or (),
        credentials=held,
        arguments=NONE,
        guards={},
        sure=False,
    )
