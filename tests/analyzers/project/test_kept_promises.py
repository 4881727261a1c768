"""What a function gives back where one helper makes what several promise, each something else."""

import pytest

from analyzers.project.resolve import Resolver
from tests.analyzers.programs import named, program_of

MAKERS = """
class Base:
    def send(self): ...

class Mail(Base):
    def send(self): ...

class Chat(Base):
    def send(self): ...

KINDS = {{"mail": Mail, "chat": Chat}}

def make(kind):
    if kind == "mail":
        return Mail()
    return Chat()

def chosen(kind){promise}:
    return make(kind)

def use(kind):
    chosen(kind).send()
"""


@pytest.mark.parametrize(
    ("promise", "classes"),
    [
        (" -> Mail", ["Mail"]),
        (' -> "Mail | None"', ["Chat", "Mail"]),
        (" -> Mail | None", ["Mail"]),
        (" -> Base", ["Chat", "Mail"]),
        (" -> Other", ["Chat", "Mail"]),
        ("", ["Chat", "Mail"]),
    ],
)
def test_a_function_gives_back_what_it_promises(promise: str, classes: list[str]) -> None:
    program = program_of({"server.py": MAKERS.format(promise=promise)})
    use = named(program, "use")
    values = use.facts.values
    (callee,) = [node.args[0] for node in values if node.op == "call" and values[node.args[0]].text == "send"]
    found = Resolver(program).functions(use, callee)

    assert sorted(method.owner.facts.name for method, _ in found if method.owner is not None) == classes
