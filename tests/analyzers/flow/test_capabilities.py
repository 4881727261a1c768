"""What a tool can do is read from what it does to the world, not from what keeps the program going."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.frameworks.sinks import is_answer

SERVER = """
import asyncio
import os
import pickle
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path
import falconpy
import httpx
import keyring
from selenium import webdriver
import pandas
import requests
import slack_sdk
import ssl
import xmlrpc.client
import google.oauth2.credentials
import sqlalchemy.ext.asyncio
from fastmcp import FastMCP
from mcp import StdioServerParameters

mcp = FastMCP("shop", auth=verifier)
DATA = Path("/srv/data")
HERE = Path(__file__).resolve().parent

config = load()

def renew():
    form = {"grant_type": "refresh_token", "refresh_token": config.refresh}
    answer = requests.post(config.token_url, data=form)
    keyring.set_password("shop", "token", answer.json()["access_token"])
    return answer.json()["access_token"]

class Held:
    def __init__(self):
        with tempfile.NamedTemporaryFile(delete=False) as file:
            self.path = file.name
        self.kept = DATA / "kept"

    def drop(self):
        os.unlink(self.path)

    def lose(self):
        os.unlink(self.kept)

def scratch():
    handle, path = tempfile.mkstemp()
    return Path(path)

def rows(statement: str, *values: str) -> list:
    return sqlite3.connect("shop.db").execute(statement, values).fetchall()

def run(*command: str) -> bytes:
    return subprocess.run(command, capture_output=True).stdout

def started(program: list, *words: str) -> bytes:
    return subprocess.run(program, input=" ".join(words), capture_output=True).stdout

def sent(method: str, path: str) -> str:
    return requests.Session().request(method=method, url="https://crm.internal" + path).text

def asked(operation: str, *values: str) -> dict:
    return falconpy.APIHarnessV2().command(operation, body={"ids": values})

def odoo(method: str, *values: str) -> list:
    models = xmlrpc.client.ServerProxy("https://odoo.internal/xmlrpc/2/object")
    return models.execute_kw("shop", 2, os.environ["ODOO_PASSWORD"], "sale.order", method, values)

def sent_by_default(path: str, method: str = "POST") -> str:
    return sent(method, path)

def filled(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    os.replace(part, path)

def remove(file: Path) -> None:
    file.unlink(missing_ok=True)

@mcp.tool
async def ask(service, name: str) -> str:
"""
RUN = '\nmcp.run(transport="http")\n'
CASES = [
    pytest.param(
        'page = webdriver.Chrome()\npage.find_element("name", "q").send_keys(name)', 0, id="a page is filled in"
    ),
    pytest.param('pandas.DataFrame({})["name"].rename("x")', 0, id="a column of a table in memory"),
    pytest.param('renew()\nreturn httpx.get("https://crm.internal/").text', 0, id="a token is renewed on the way"),
    pytest.param("session = requests.Session()\nsession.headers.update({})\nsession.close()", 0, id="set-up"),
    pytest.param('DATA.mkdir(exist_ok=True)\n(DATA / "log").touch()\nos.makedirs("/srv/x")', 0, id="its own folder"),
    pytest.param("(DATA / name).mkdir()", 2, id="a folder that the caller names"),
    pytest.param('(DATA / "log").write_text("")', 2, id="its own file is written"),
    pytest.param("os.open(DATA / name, os.O_RDONLY | os.O_NOFOLLOW)", 1, id="a file is opened by flags to be read"),
    pytest.param("os.open(DATA / name, os.O_RDONLY | os.O_CREAT)", 2, id="a file is opened by flags that make it"),
    pytest.param("os.open(DATA / name, os.O_WRONLY)", 2, id="a file is opened by flags to be written"),
    pytest.param("os.open(DATA / name, config.flags)", 2, id="a file is opened by flags that are not known"),
    pytest.param("path = scratch()\npath.unlink()", 0, id="a temporary file is removed"),
    pytest.param("Held().drop()", 0, id="a temporary file that an object keeps is removed"),
    pytest.param("Held().lose()", 3, id="a file of its own that an object keeps is removed"),
    pytest.param(
        "import boto3\nboto3.client('eks').meta.events.register('before-call', print)", 0, id="a hook of a client"
    ),
    pytest.param("probe = DATA / 'probe'\nprobe.touch()\nprobe.unlink()", 0, id="what it made to try is removed"),
    pytest.param("(DATA / 'old').rmdir()", 0, id="an empty folder of its own is removed"),
    pytest.param(
        "folder = DATA / name\nif time.time() - folder.stat().st_mtime > 3600:\n    os.rmdir(folder)",
        0,
        id="an old folder",
    ),
    pytest.param("os.rmdir(DATA / name)", 2, id="an empty folder that the caller names is removed"),
    pytest.param("(DATA / 'log').unlink()", 3, id="a file of its own is removed"),
    pytest.param("path = DATA / name\nfilled(path, b'')\npath.unlink()", 2, id="what a helper wrote is removed"),
    pytest.param("path = DATA / name\nlen(str(path))\npath.unlink()", 3, id="what nothing wrote is removed"),
    pytest.param("part = DATA / name\npart.write_text('')\nos.replace(part, DATA / 'x')\npart.unlink()", 2, id="own"),
    pytest.param(
        "file = DATA / name\nif time.time() - file.stat().st_mtime > 3600:\n    remove(file)", 0, id="an expired file"
    ),
    pytest.param(
        "limit = time.time() - 3600\nfor file in DATA.iterdir():\n    if file.stat().st_mtime >= limit:\n"
        "        continue\n    file.unlink()",
        1,
        id="a sweep of expired files",
    ),
    pytest.param(
        "file = DATA / name\nif file.stat().st_mtime > time.time() - 3600:\n    remove(file)", 3, id="a file of today"
    ),
    pytest.param(
        "if time.time() > START:\n    requests.delete('https://crm.internal/' + name)",
        3,
        id="a deletion elsewhere from a day on",
    ),
    pytest.param('return rows("SELECT * FROM orders WHERE name = ?", name)', 1, id="a constant query by a helper"),
    pytest.param('return rows("DELETE FROM orders WHERE name = ?", name)', 3, id="a constant deletion by a helper"),
    pytest.param("return rows(name)", 4, id="any statement by a helper"),
    pytest.param("await sqlalchemy.ext.asyncio.async_scoped_session(load).remove()", 0, id="a session is given back"),
    pytest.param('return subprocess.run(["git", "log", name])', 1, id="a program that reads"),
    pytest.param('return subprocess.run(["crm-tool", name])', 2, id="a program of its own"),
    pytest.param('await asyncio.create_subprocess_exec("crm", "delete", name)', 3, id="a program that deletes"),
    pytest.param('return subprocess.run(["rm", name])', 3, id="a program that removes"),
    pytest.param('return subprocess.run(["bash", "-c", name])', 4, id="a shell's command line"),
    pytest.param('return subprocess.run(["npx", name])', 4, id="any program by another"),
    pytest.param("return subprocess.run([name, 'get'])", 4, id="any program"),
    pytest.param("return subprocess.run(f'git log {name}', shell=True)", 4, id="a part of a command line"),
    pytest.param('return started(["git", "log", name])', 1, id="a fixed program by a helper"),
    pytest.param(
        "for tool in ('soffice', 'libreoffice'):\n    subprocess.run([tool, name])", 2, id="one of two programs"
    ),
    pytest.param(
        "words = ['crm', 'show', *load()]\nawait asyncio.create_subprocess_exec(*words, cwd=name)",
        1,
        id="a fixed program with words that are not seen",
    ),
    pytest.param("return started(load(), name)", 4, id="what is started is not known"),
    pytest.param('return run("uptime")', 2, id="a constant command by a helper"),
    pytest.param('return subprocess.run(["systemctl", "restart", "crm"])', 2, id="a constant command that changes"),
    pytest.param('return subprocess.run(["rm", "-rf", "/var/lib/crm"])', 3, id="a constant command that removes"),
    pytest.param('return subprocess.run(["uptime"])', 1, id="a constant command"),
    pytest.param("return ssl.create_default_context()", 0, id="a context of connections is made"),
    pytest.param("google.oauth2.credentials.Credentials().scopes.update(load())", 0, id="a table of an object"),
    pytest.param("import awscli.clidriver\nawscli.clidriver.create_clidriver().main(name.split())", 4, id="any of AWS"),
    pytest.param(
        "import awscli.clidriver\nawscli.clidriver.create_clidriver().session.set_credentials(name, name)",
        0,
        id="credentials of a session in memory",
    ),
    pytest.param("return StdioServerParameters(command=name)", 4, id="any program as a server"),
    pytest.param('return StdioServerParameters("npx", ["-y", name])', 4, id="any package as a server"),
    pytest.param('return StdioServerParameters("npx", ["-y", "crm-mcp"])', 0, id="a constant program as a server"),
    pytest.param(
        "return slack_sdk.WebClient().chat_postMessage(text=name)", 2, id="a method that names its noun first"
    ),
    pytest.param("return slack_sdk.WebClient().chat_delete(ts=name)", 3, id="a deletion that names its noun first"),
    pytest.param("return run(name)", 4, id="any command by a helper"),
    pytest.param("threading.Thread(target=run, args=(name,)).start()", 4, id="any command in a thread"),
    pytest.param('threading.Thread(target=run, args=("uptime",)).start()', 2, id="a constant command in a thread"),
    pytest.param("threading.Timer(1, started, kwargs={'program': name}).start()", 4, id="any program after a while"),
    pytest.param('return sent("DELETE", "/orders")', 3, id="a deletion by a helper"),
    pytest.param('return sent("GET", "/orders")', 0, id="a request by a helper"),
    pytest.param('return sent("DELETE", "/api/logout")', 0, id="a program signs off"),
    pytest.param("return requests.post('https://crm.internal/login', data=config.form).text", 0, id="it signs on"),
    pytest.param("return requests.post('https://crm.internal/logins', data=config.form).text", 2, id="logins"),
    pytest.param("return sent_by_default('/orders')", 2, id="a method that a helper has by default"),
    pytest.param("return sent_by_default('/orders', method='delete')", 3, id="a method in small letters"),
    pytest.param(
        "verb = 'PUT' if name else 'POST'\nreturn requests.request(verb, 'https://crm.internal/x')", 2, id="two methods"
    ),
    pytest.param("return pickle.loads(bytes.fromhex(name))", 4, id="objects are made of what the caller sends"),
    pytest.param("return pickle.loads((HERE / 'index').read_bytes())", 0, id="objects that are shipped are made"),
    pytest.param("(DATA / name).unlink()", 3, id="a file of the caller's choice is removed"),
    pytest.param("return (HERE / 'guide.md').read_text()", 0, id="a file that is shipped is read"),
    pytest.param("return (HERE / name).read_text()", 1, id="a file of the caller's choice is read"),
    pytest.param("return (DATA / 'orders.json').read_text()", 1, id="a file of the machine is read"),
    pytest.param("return service.files().list(q=name).execute()", 1, id="a built request is sent"),
    pytest.param("return service.files().delete(fileId=name).execute()", 3, id="a built deletion is sent"),
    pytest.param("return await asyncio.to_thread(service.files().delete(fileId=name).execute)", 3, id="in a thread"),
    pytest.param("return (await asyncio.to_thread(requests.post, name)).text", 2, id="a request in a thread"),
    pytest.param(
        "loop = asyncio.get_running_loop()\nawait loop.run_in_executor(None, requests.post, name)", 2, id="pool"
    ),
    pytest.param(
        'form = {"grant_type": "client_credentials"}\n'
        'token = requests.post("https://id.example/token", data=form).json()\n'
        'return requests.delete("https://crm.internal/customers/" + name)',
        3,
        id="a token is fetched for a deletion",
    ),
    pytest.param("from crm.models import UpdateOrder\nreturn UpdateOrder(name)", 0, id="an object is made"),
    pytest.param("import crm\nreturn crm.Client().orders.update_order(name)", 2, id="a method of a client"),
    pytest.param(
        "import openpyxl.utils\nreturn openpyxl.utils.get_column_letter(3)", 0, id="a document that is in memory"
    ),
    pytest.param(
        'return requests.post("https://crm.internal/orders/_search", json={"q": name}).json()', 0, id="a search"
    ),
    pytest.param(
        'return requests.post("https://crm.internal/v1/search?size=9", json={"q": name}).json()', 0, id="another"
    ),
    pytest.param(
        'return requests.post("https://crm.internal/search/by_name", json={"q": name}).json()', 0, id="one of several"
    ),
    pytest.param('return requests.post(f"https://crm.internal/search/{name}").json()', 2, id="below a search"),
    pytest.param('return requests.put("https://crm.internal/search", json={"q": name}).json()', 2, id="no search"),
    pytest.param(
        'options = {"method": "DELETE", "url": "https://crm.internal/orders"}\noptions["json"] = {"name": name}\n'
        "return requests.Session().request(**options).text",
        3,
        id="a request by a table of options",
    ),
    pytest.param(
        "from google.cloud import bigquery\n"
        "return bigquery.Client().query(name, job_config=bigquery.QueryJobConfig(dry_run=True)).total_bytes_processed",
        1,
        id="a query that is only planned",
    ),
    pytest.param(
        "from google.cloud import bigquery\n"
        "return bigquery.Client().query(name, job_config=bigquery.QueryJobConfig(dry_run=False)).result()",
        4,
        id="a query that is run",
    ),
    pytest.param("return asked('queryDevicesByFilter', name)", 1, id="an operation that asks"),
    pytest.param("return asked('PostDeviceDetailsV2', name)", 1, id="one that is posted"),
    pytest.param("return asked('indicator_create_v1', name)", 2, id="one that creates"),
    pytest.param("return asked('deleteHostGroups', name)", 3, id="one that deletes"),
    pytest.param("return asked(name)", 2, id="one that callers name"),
    pytest.param("return odoo('search_read', name)", 1, id="a method that reads"),
    pytest.param("return odoo('unlink', name)", 3, id="a method that removes"),
    pytest.param("return rows('DROP TABLE IF EXISTS order_embeddings_v2')", 1, id="an index that is made again"),
    pytest.param("return rows('DROP INDEX order_names')", 1, id="an index of the database"),
    pytest.param("return rows('DROP TABLE IF EXISTS orders')", 3, id="a table goes"),
    pytest.param("return rows('DELETE FROM order_index')", 1, id="an index is emptied"),
    pytest.param("return rows('DELETE FROM order_index WHERE name = ?', name)", 3, id="an entry of an index goes"),
    pytest.param("return service.execute_raw('SELECT * FROM orders')", 1, id="a reading statement of a client"),
    pytest.param("return service.execute_raw('DELETE FROM orders')", 3, id="a deleting statement of a client"),
    pytest.param("return service.execute_raw(name)", 2, id="any statement of a client that is not known"),
    pytest.param("import boto3\nreturn boto3.client('logs').start_query(queryString=name)", 1, id="a query is started"),
    pytest.param("import boto3\nreturn boto3.client('logs').start_task(task=name)", 2, id="a task is started"),
    pytest.param("return rows(f'DROP TABLE IF EXISTS {name}_index')", 3, id="a table that callers name"),
    pytest.param("import crm\nreturn crm.Client().ask(name).get('status_code')", 0, id="an entry of an answer"),
    pytest.param("import crm\nreturn crm.Client().at(name).get('/orders')", 1, id="a path, not an entry"),
]
RANKS = {"read-public": 0, "read-private": 1, "write": 2, "egress": 2, "destroy": 3, "exec": 4}


@pytest.mark.parametrize(("body", "rank"), CASES)
def test_rank_is_that_of_the_worst_effect(scan: Callable[[dict[str, str]], Report], body: str, rank: int) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())

    (tool,) = scan({"server.py": SERVER + lines + RUN}).tools

    assert max((RANKS[capability] for capability in tool.capabilities), default=0) == rank


def test_an_entry_of_a_decoded_answer_is_no_request_of_its_own() -> None:
    name = "vendor.Client()._session.get().json().get"

    assert is_answer(name)
    assert not is_answer("vendor.Client()._session.get")
