"""Which files a served program is made of: product paths, and whatever they import, wherever it lies."""

from analyzers.project.program import Program
from analyzers.project.surface import Surface
from analyzers.roles import Role, role_of


def product_files(program: Program, surface: Surface, *, served_elsewhere: bool = False) -> frozenset[str]:
    """Return the paths of the product. Where no server is among them, nor elsewhere, examples are the product."""
    roots = [file for file in program.sources if role_of(file.path) is Role.PRODUCT]
    product = program.closure(roots)
    served = {server.site.function.file.path for server in surface.servers.values()}
    if not served_elsewhere and not served & product:
        examples = [file for file in program.sources if role_of(file.path) is Role.EXAMPLE]
        product = product | program.closure(examples)
    return frozenset(product)
