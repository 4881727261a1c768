"""What samples pass to the product is nothing that it does."""

from analyzers.project.resolve import Resolver
from tests.analyzers.programs import named, program_of

HOOKS = """
from dataclasses import dataclass
from typing import Callable

@dataclass
class Hooks:
    before: Callable | None = None

def run(hooks: Hooks):
    hooks.before()

def serve({default}):
    run({given})
"""
SAMPLE = """
from hooks import Hooks, run

def write():
    open("calls", "a").write("x")

run(Hooks(before=write))
"""


def _called(default: str, given: str) -> list[str]:
    files = {"hooks.py": HOOKS.format(default=default, given=given), "examples/sample.py": SAMPLE}
    program = program_of(files)
    run = named(program, "run")
    (callee,) = [node.args[0] for node in run.facts.values if node.op == "call"]
    return [function.facts.name for function, _ in Resolver(program).functions(run, callee)]


def test_what_samples_pass_counts_where_nothing_else_is_passed() -> None:
    assert _called("hooks", "hooks") == ["write"]
    assert _called("", "Hooks()") == []
