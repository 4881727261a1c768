"""Whatever call reads an argument as a path, a command, a query or an address, it is told."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

HEAD = """
import asyncio, glob, http.client, io, os, pty, shlex, shutil, smtplib, socket, sqlite3, subprocess, sys, tempfile
import configparser, ftplib, imaplib, linecache, shelve, urllib.request, xml.etree.ElementTree as ET, xmlrpc.client
from pathlib import Path
import anyio, boto3, docker, duckdb, git, httpx, invoke, matplotlib.pyplot as plt, numpy as np, openai, pandas as pd
import netmiko, paramiko, pexpect, plotly.graph_objects as go, polars as pl, redis, requests, trio, websocket
from fastmcp import FastMCP
from fastmcp.utilities.types import Image
from flask import send_file
from google.cloud import bigquery
from neo4j import GraphDatabase

mcp = FastMCP("shop")
BASE = Path("/srv/data")
ROOT = "/srv/data"
db = sqlite3.connect("a.db")
driver = GraphDatabase.driver("bolt://shop")
session = requests.Session()
client = httpx.AsyncClient()
ssh = paramiko.SSHClient()

def found(tx, it):
    return tx.run("MATCH (n {name: '" + it + "'}) RETURN n").data()

def ran(cmd):
    return subprocess.run(cmd, capture_output=True, text=True).stdout

def ran_all(*cmd, cwd=None):
    return subprocess.run(list(cmd), cwd=cwd, capture_output=True, text=True).stdout

def git_of(*args):
    return ran(["git", *args])

def python_of(args):
    return ran([sys.executable] + args)

async def awaited(*cmd):
    return await asyncio.create_subprocess_exec(*cmd)

def bound(tx, it):
    return tx.run("MATCH (n {name: $it}) RETURN n", it=it).data()
"""
P = "os.path.join(ROOT, it)"
PATHS = (
    *(f"glob.glob({P})", f"shutil.make_archive('/tmp/a', 'zip', {P})", f"await anyio.Path({P}).read_text()"),
    *(f"pd.read_csv({P})", f"pd.read_excel({P})", f"pd.read_parquet({P})", f"pd.DataFrame().to_csv({P})"),
    *(f"pd.read_csv('a.csv').to_excel({P})", f"pl.read_csv({P})", f"pl.scan_parquet({P})", f"np.save({P}, [1])"),
    *(f"np.genfromtxt({P})", f"duckdb.read_csv({P})", f"plt.savefig({P})", f"go.Figure().write_html({P})"),
    *(f"send_file({P})", f"Image(path={P})", f"linecache.getlines({P})", f"shelve.open({P})", f"ET.parse({P})"),
    *(f"configparser.ConfigParser().read({P})", f"git.Repo({P})", f"os.chmod({P}, 0o777)"),
    *("(BASE / 'a').symlink_to(it)", f"await asyncio.to_thread(open, {P})"),
)
KEPT_PATHS = (
    *("(BASE / 'a').with_name(it).read_text()", "pd.read_csv(os.path.join(ROOT, os.path.basename(it)))"),
    *("pd.read_csv('/srv/data/a.csv')", "git.Repo('/srv/data')", "ET.parse('/srv/data/a.xml')", "glob.glob('/srv/*')"),
)
COMMANDS = (
    *("subprocess.run([sys.executable, '-c', f'print({it})'])", "os.execl('/bin/sh', 'sh', '-c', f'ls {it}')"),
    *("os.spawnl(os.P_WAIT, '/bin/sh', 'sh', '-c', f'ls {it}')", "os.execve('/bin/sh', ['sh', '-c', f'ls {it}'], {})"),
    *(
        "os.spawnvp(os.P_WAIT, 'sh', ['sh', '-c', f'ls {it}'])",
        "os.posix_spawn('/bin/sh', ['sh', '-c', f'ls {it}'], {})",
    ),
    *("await trio.run_process(f'ls {it}', shell=True)", "invoke.Context().run(f'ls {it}')"),
    *(
        "pexpect.spawn('/bin/sh', ['-c', f'ls {it}'])",
        "pexpect.spawn(f'ls {it}')",
        "subprocess.run(f'git log {it}'.split())",
    ),
    *("subprocess.run([sys.executable, '-'], input=f'print({it})', text=True)", "ssh.exec_command(f'ls {it}')"),
    *(
        "ssh.get_transport().open_session().exec_command(f'ls {it}')",
        "netmiko.ConnectHandler().send_command(f'show {it}')",
        "netmiko.ConnectHandler().send_config_set([f'description {it}'])",
    ),
    "with tempfile.NamedTemporaryFile('w') as f:\n        f.write('ls ' + it)\n        subprocess.run(['sh', f.name])",
    "script = Path('/tmp/a.py')\n    script.write_text(f'print({it})')\n    subprocess.run(['python3', str(script)])",
    "with open('/tmp/b.py', 'w') as f:\n        f.write('a = ' + it)\n    subprocess.run(['python3', '/tmp/b.py'])",
)
HELPED = (
    *("ran(['python3', '-c', f'print({it})'])", "ran(cmd=['sh', '-c', f'ls {it}'])", "git_of('clone', it)"),
    *("ran_all('bash', '-c', f'ls {it}', cwd='/srv')", "python_of(['-c', f'print({it})'])"),
    "await awaited('sh', '-c', f'ls {it}')",
)
KEPT_COMMANDS = (
    *("ran(['ls', it])", "ran_all('ls', '-l', it)", "git_of('log', '--', it)", "python_of(['-m', 'tool', it])"),
    "await awaited('ls', it)",
    *("subprocess.run([sys.executable, '-m', 'tool', it])", "subprocess.run(f'git log -- {it}'.split())"),
    *(
        "os.execl('/bin/ls', 'ls', it)",
        "pexpect.spawn('/bin/ls', [it])",
        "invoke.Context().run(f'ls {shlex.quote(it)}')",
    ),
    "Path('/tmp/a.txt').write_text(it)\n    subprocess.run(['python3', '/srv/count.py', '/tmp/a.txt'])",
)
QUERIES = (
    *("bigquery.Client().query_and_wait(f'SELECT {it}')", "pl.read_database(f'SELECT {it}', db)"),
    *("redis.Redis().eval(f'return {it}', 0)", "with driver.session() as s:\n        s.execute_read(found, it)"),
    'driver.session().execute_read(lambda tx: tx.run("MATCH (n {name: \'" + it + "\'}) RETURN n"))',
    "text = io.StringIO()\n    text.write('SELECT ')\n    text.write(it)\n    db.execute(text.getvalue())",
)
KEPT_QUERIES = (
    *("redis.Redis().eval('return ARGV[1]', 0, it)", "with driver.session() as s:\n        s.execute_write(bound, it)"),
    "text = io.StringIO()\n    text.write('SELECT * FROM t WHERE a = ?')\n    db.execute(text.getvalue(), (it,))",
)
ADDRESSES = (
    *("await client.send(httpx.Request('GET', it))", "session.send(requests.Request('GET', it).prepare())"),
    *("urllib.request.build_opener().open(it)", "http.client.HTTPSConnection(it).request('GET', '/')"),
    *(
        "websocket.create_connection(it)",
        "s = socket.socket()\n    s.connect((it, 80))",
        "s = socket.socket()\n    s.connect_ex((it, 80))",
        "smtplib.SMTP(it)",
    ),
    *("ftplib.FTP(it)", "imaplib.IMAP4_SSL(it)", "xmlrpc.client.ServerProxy(it)", "openai.OpenAI(base_url=it)"),
    *("boto3.client('s3', endpoint_url=it)", "await anyio.connect_tcp(it, 80)", "pd.read_csv(it)"),
)
KEPT_ADDRESSES = (
    *("smtplib.SMTP('mail.shop.dev').sendmail(it, it, it)", "openai.OpenAI(base_url='https://api.shop.dev', user=it)"),
    "boto3.client('s3', endpoint_url='https://s3.shop.dev').get_object(Bucket='a', Key=it)",
)
KINDS = {
    "path-traversal": (PATHS, KEPT_PATHS),
    "command-injection": ((*COMMANDS, *HELPED), KEPT_COMMANDS),
    "query-injection": (QUERIES, KEPT_QUERIES),
    "ssrf-model-controlled-host": (ADDRESSES, KEPT_ADDRESSES),
}


@pytest.mark.parametrize("rule", KINDS)
def test_every_call_that_reads_an_argument_is_told(rule: str) -> None:
    told, kept = KINDS[rule]
    tools = [
        f"\n@mcp.tool\nasync def tool_{number}(it: str) -> str:\n    {body}\n    return ''\n"
        for number, body in enumerate((*told, *kept))
    ]
    report = analyze(tree_of({"server.py": "\n".join((HEAD, *tools, 'mcp.run(transport="http")\n'))}))

    found = {name.rpartition("_")[2] for item in report.findings if item.rule == rule for name in item.tools}
    assert found == {str(number) for number in range(len(told))}


@pytest.mark.parametrize(("name", "rule"), [("file_path", "path-traversal"), ("url", "ssrf-model-controlled-host")])
def test_what_reads_files_and_addresses_is_told_as_what_its_parameter_is_called(name: str, rule: str) -> None:
    tool = f"\n@mcp.tool\ndef read({name}: str) -> str:\n    return pd.read_csv({name}).to_json()\n"
    report = analyze(tree_of({"server.py": f'{HEAD}{tool}\nmcp.run(transport="http")\n'}))

    asked = {"path-traversal", "ssrf-model-controlled-host"}
    assert {item.rule for item in report.findings} & asked == {rule}


def test_what_a_file_opens_in_one_folder_by_the_same_argument_is_told_once() -> None:
    tools = [
        f"\n@mcp.tool\ndef tool_{number}(it: str) -> str:\n    return open(f'data/{{it}}/{number}.txt').read()\n"
        for number in range(3)
    ]
    report = analyze(tree_of({"server.py": "\n".join((HEAD, *tools, 'mcp.run(transport="http")\n'))}))

    (found,) = [item for item in report.findings if item.rule == "path-traversal"]
    assert len(found.tools) == 3
