"""A function that a module imports under another name is called by that name."""

from analyzers.project.resolve import Resolver
from tests.analyzers.programs import named, program_of

PACKAGE = {
    "server.py": "from tools import register_all\n\nserver = object()\nregister_all(server)\n",
    "tools/__init__.py": """
    from .chat import register as register_chat
    from .mail import register as register_mail

    def register_all(mcp):
        register_chat(mcp)
        register_mail("other")
    """,
    "tools/chat.py": "def register(mcp):\n    return mcp\n",
    "tools/mail.py": "def register(mcp):\n    return mcp\n",
}


def test_calls_by_the_name_of_an_import_are_calls_of_what_it_imports() -> None:
    program = program_of(PACKAGE)
    resolver = Resolver(program)
    (chat,) = [function for function in program.functions() if function.id.startswith("tools/chat.py#1")]
    (mail,) = [function for function in program.functions() if function.id.startswith("tools/mail.py#1")]
    everything = named(program, "register_all")

    assert [caller for caller, _ in resolver.arguments(chat, 0)] == [everything]
    assert [everything.facts.values[value].text for _, value in resolver.arguments(mail, 0)] == ["other"]


def test_a_name_that_a_function_binds_itself_is_none_of_the_module() -> None:
    program = program_of(
        {
            "tools.py": "from chat import register as add\n\ndef all(add):\n    add('own')\n",
            "chat.py": "def register(mcp):\n    return mcp\n",
        }
    )

    assert Resolver(program).arguments(named(program, "register"), 0) == []
