"""Cells about credentials: the caller's token passed on or exchanged, and secrets in the code or outside of it."""

from collections.abc import Callable, Iterator, Sequence

from tests.analyzers.matrix.cells import Cell
from tests.analyzers.matrix.programs import FRAMEWORKS, HERE, Framework, Parts, Tool

PASSED = "token-passthrough"
WRITTEN = "hardcoded-credential"
LOGGED = "secret-in-log"
ANSWERED = "secret-returned-to-model"
DISCLOSURES = (LOGGED, ANSWERED, "secret-as-tool-parameter")
SECRET = '"q7Zr2Lw9Xc4Vb8Nm1Kp6"'
Form = Callable[[Framework, str], Parts]


def exchange(framework: Framework) -> str:
    """Return a function that exchanges the caller's token for one of the downstream."""
    form = (
        '"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": "crm", '
        '"subject_token": get_access_token().token'
    )
    return (
        f"def downstream_token() -> str:\n"
        f'    answer = {framework.client}.post("https://id.example/oauth/token", data={{{form}}})\n'
        f'    return answer.json()["access_token"]\n'
    )


def passing(framework: Framework) -> str:
    """Return a function that gives the caller's own token."""
    return "def downstream_token() -> str:\n    return get_access_token().token\n"


def asking(framework: Framework, headers: str, mark: str) -> str:
    """Return a request with headers."""
    return (
        f'response = {framework.client}.get("https://crm.internal/customers", headers={headers}){mark}\n'
        "return response.text\n"
    )


def customer(framework: Framework, headers: str, damage: str, before: str = "") -> Tool:
    """Return the tool that asks for a customer."""
    body = before + asking(framework, headers, HERE if damage else "")
    return Tool("get_customer", body, parameters="number: str")


BEARER = '{"Authorization": f"Bearer {downstream_token()}"}'


def inline(framework: Framework, damage: str) -> Parts:
    """The token is read in the handler."""
    source = "get_access_token().token" if damage else "downstream_token()"
    tool = customer(framework, '{"Authorization": f"Bearer {token}"}', damage, f"token = {source}\n")
    return Parts((tool,), exchange(framework))


def helper(framework: Framework, damage: str) -> Parts:
    """A helper of the same file gives the token."""
    return Parts((customer(framework, BEARER, damage),), passing(framework) if damage else exchange(framework))


def elsewhere(framework: Framework, damage: str) -> Parts:
    """A helper of another file gives the token."""
    source = passing(framework) if damage else exchange(framework)
    files = {"tokens.py": f"import {framework.client}\n{framework.identity}\n\n{source}"}
    return Parts((customer(framework, BEARER, damage),), "from tokens import downstream_token", files=files)


def headers_elsewhere(framework: Framework, damage: str) -> Parts:
    """A helper of another file builds the headers."""
    source = passing(framework) if damage else exchange(framework)
    builder = 'def headers() -> dict[str, str]:\n    return {"Authorization": "Bearer " + downstream_token()}\n'
    files = {"tokens.py": f"import {framework.client}\n{framework.identity}\n\n{source}\n{builder}"}
    return Parts((customer(framework, "headers()", damage),), "from tokens import headers", files=files)


def client(framework: Framework, damage: str) -> Parts:
    """A client is made for the call."""
    source = passing(framework) if damage else exchange(framework)
    mark = HERE if damage else ""
    body = (
        f"async with {framework.client}.AsyncClient(headers={BEARER}) as client:\n"
        f'    response = await client.get("https://crm.internal/customers"){mark}\nreturn response.text\n'
    )
    return Parts((Tool("get_customer", body, parameters="number: str"),), source)


# Secrets


def using(framework: Framework, expression: str, definitions: str, **files: str) -> Parts:
    """Return a program that uses a credential."""
    tool = customer(framework, f'{{"Authorization": "Bearer " + {expression}}}', "")
    return Parts((tool,), definitions, files={f"{name}.py": text for name, text in files.items()})


def _value(damage: str) -> str:
    return f"{SECRET}{HERE}" if damage == "written" else 'os.environ["CRM_TOKEN"]'


def constant(framework: Framework, damage: str) -> Parts:
    """A constant of the module."""
    if damage == "default":
        return using(framework, "CRM_TOKEN", f'CRM_TOKEN = os.getenv("CRM_TOKEN", {SECRET}){HERE}\n')
    return using(framework, "CRM_TOKEN", f"CRM_TOKEN = {_value(damage)}\n")


def configuration(framework: Framework, damage: str) -> Parts:
    """A constant of another file."""
    return using(framework, "config.CRM_TOKEN", "import config", config=f"import os\nCRM_TOKEN = {_value(damage)}\n")


def setting(framework: Framework, damage: str) -> Parts:
    """An attribute of a class of settings."""
    settings = f"class Settings:\n    crm_api_key = {_value(damage)}\n\nsettings = Settings()\n"
    return using(framework, "settings.crm_api_key", settings)


def argument(framework: Framework, damage: str) -> Parts:
    """A keyword of a call."""
    value = f"{SECRET},{HERE}" if damage else f"{_value(damage)},"
    cls = "class Crm:\n    def __init__(self, api_key):\n        self.api_key = api_key\n"
    made = f"{cls}\ncrm = Crm(\n    api_key={value}\n)\n"
    return using(framework, "crm.api_key", made)


# Secrets in logs and in answers


def logged(framework: Framework, damage: str) -> Parts:
    """A line tells that a call is made, and in the damaged program with what."""
    line = f'log.info("asking the CRM with %s", CRM_TOKEN){HERE}\n' if damage else 'log.info("asking the CRM")\n'
    tool = customer(framework, '{"Authorization": "Bearer " + CRM_TOKEN}', "", line)
    return Parts((tool,), 'CRM_TOKEN = os.environ["CRM_TOKEN"]\n')


def logged_elsewhere(framework: Framework, damage: str) -> Parts:
    """A helper of another file writes the line that it is given."""
    given = f'note(f"using {{CRM_TOKEN}}"){HERE}\n' if damage else 'note(f"using {len(CRM_TOKEN)} characters")\n'
    tool = customer(framework, '{"Authorization": "Bearer " + CRM_TOKEN}', "", given)
    files = {"notes.py": "import logging\nlog = logging.getLogger('notes')\n\ndef note(text):\n    log.info(text)\n"}
    return Parts((tool,), 'from notes import note\nCRM_TOKEN = os.environ["CRM_TOKEN"]\n', files=files)


def answered(framework: Framework, damage: str) -> Parts:
    """A tool tells whether a credential is set, and in the damaged program which it is."""
    body = f"return CRM_TOKEN{HERE}\n" if damage else 'return "set" if CRM_TOKEN else "missing"\n'
    return Parts((Tool("show_status", body, parameters="number: str"),), 'CRM_TOKEN = os.environ["CRM_TOKEN"]\n')


TOKEN_FORMS: Sequence[Form] = (inline, helper, elsewhere, headers_elsewhere, client)
DISCLOSED_FORMS: Sequence[tuple[Form, str]] = ((logged, LOGGED), (logged_elsewhere, LOGGED), (answered, ANSWERED))
SECRET_FORMS: tuple[tuple[Form, Sequence[str]], ...] = (
    (constant, ("written", "default")),
    (configuration, ("written",)),
    (setting, ("written",)),
    (argument, ("written",)),
)


def cells() -> Iterator[Cell]:
    """Yield the cells of all forms, frameworks and damages."""
    for framework in FRAMEWORKS:
        for form, rule in DISCLOSED_FORMS:
            fixed, broken = (framework.program(form(framework, damage)) for damage in ("", "disclosed"))
            name = f"secret-{form.__name__.replace('_', '-')}-{framework.name}"
            yield Cell(name, "disclosed", fixed, broken, rule, DISCLOSURES)
        for form in TOKEN_FORMS:
            fixed, broken = (framework.program(form(framework, damage)) for damage in ("", "passed-on"))
            name = f"token-{form.__name__.replace('_', '-')}-{framework.name}"
            yield Cell(name, "passed-on", fixed, broken, PASSED, (PASSED,))
        for form, damages in SECRET_FORMS:
            fixed = framework.program(form(framework, ""))
            for damage in damages:
                broken = framework.program(form(framework, damage))
                yield Cell(f"secret-{form.__name__}-{framework.name}", damage, fixed, broken, WRITTEN, (WRITTEN,))
