"""Which files a served program is made of: product paths, and whatever they import, wherever it lies."""

from collections.abc import Iterator

from analyzers.project.program import File, Program
from analyzers.project.surface import Surface
from analyzers.roles import Role, role_of


def product_files(program: Program, surface: Surface) -> frozenset[str]:
    """Return the paths of the product. Where no server is among them, examples are the product."""
    roots = [file for file in program.sources if role_of(file.path) is Role.PRODUCT]
    product = closure(program, roots)
    served = {server.site.function.file.path for server in surface.servers.values()}
    if not served & product:
        examples = [file for file in program.sources if role_of(file.path) is Role.EXAMPLE]
        product = product | closure(program, examples)
    return frozenset(product)


def closure(program: Program, roots: list[File]) -> set[str]:
    """Return the paths of files and of everything that they import, directly or not."""
    seen = {file.path for file in roots}
    waiting = list(roots)
    while waiting:
        for file in imported_files(program, waiting.pop()):
            if file.path not in seen:
                seen.add(file.path)
                waiting.append(file)
    return seen


def imported_files(program: Program, file: File) -> Iterator[File]:
    """Yield the files of the program that a file imports anywhere in it."""
    for function in file.functions:
        for node in function.facts.values:
            if node.op == "import":
                module, _, name = node.text.partition("|")
                found = program.module(module, file)
                if found is not None:
                    yield found
                inner = program.module(f"{module}{'' if module.endswith('.') else '.'}{name}", file) if name else None
                if inner is not None:
                    yield inner
