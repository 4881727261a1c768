"""However a client is told not to verify its peer, it is told."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import fixed_by, tree_of

HEAD = """
import functools, ftplib, http.client, imaplib, os, smtplib, ssl, urllib.request
import aiohttp, boto3, httpx, ldap3, paramiko, pymongo, redis, requests, urllib3, websockets
from elasticsearch import AsyncElasticsearch, Elasticsearch
from fastmcp import FastMCP
from kubernetes import client as k8s
from opensearchpy import OpenSearch

mcp = FastMCP("shop")
OPTIONS = {"verify": False}
VERIFY = False

@mcp.tool
async def tool(x: str) -> str:
    BODY

mcp.run(transport="http")
"""
OFF = [
    'import influx\n    return str(influx.Client("https://a.example", verify_ssl=False).write_api().write(x))',
    'import influx\n    return str(influx.Client("https://a.example").get("/notes", verify_ssl=False))',
    'return requests.get("https://a.example", verify=False).text',
    'return requests.get("https://a.example", verify=VERIFY).text',
    'return requests.get("https://a.example", **OPTIONS).text',
    'kw = dict(verify=False)\n    return httpx.get("https://a.example", **kw).text',
    's = requests.Session()\n    s.verify = False\n    return s.get("https://a.example").text',
    'with requests.Session() as s:\n        s.verify = False\n        return s.get("https://a.example").text',
    "c = httpx.AsyncClient(verify=False)\n    return str(c)",
    'with httpx.Client(verify=False) as c:\n        return c.get("https://a.example").text',
    "t = httpx.HTTPTransport(verify=False)\n    return str(httpx.Client(transport=t))",
    (
        "c = ssl.create_default_context()\n    c.check_hostname = False\n    c.verify_mode = ssl.CERT_NONE\n"
        '    return urllib.request.urlopen("https://a.example", context=c).read()'
    ),
    'c = ssl._create_unverified_context()\n    return urllib.request.urlopen("https://a.example", context=c).read()',
    (
        "c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n    c.check_hostname = False\n    c.verify_mode = ssl.CERT_NONE\n"
        '    return httpx.get("https://a.example", verify=c).text'
    ),
    (
        "ssl._create_default_https_context = ssl._create_unverified_context\n"
        '    return urllib.request.urlopen("https://a.example").read()'
    ),
    (
        'async with aiohttp.ClientSession() as s:\n        async with s.get("https://a.example", ssl=False) as r:\n'
        "            return await r.text()"
    ),
    "async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as s:\n        return str(s)",
    "async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(verify_ssl=False)) as s:\n        return str(s)",
    "made = aiohttp.TCPConnector(ssl=False)\n    s = aiohttp.ClientSession(connector=made)\n    return str(s)",
    'return str(urllib3.PoolManager(cert_reqs="CERT_NONE").request("GET", "https://a.example"))',
    'return str(urllib3.PoolManager(cert_reqs=ssl.CERT_NONE).request("GET", "https://a.example"))',
    'get = functools.partial(requests.get, verify=False)\n    return get("https://a.example").text',
    'return str(boto3.client("s3", verify=False).list_buckets())',
    (
        'c = paramiko.SSHClient()\n    c.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n    c.connect("a")\n'
        "    return str(c)"
    ),
    'return str(Elasticsearch("https://a.example", verify_certs=False).info())',
    'return str(AsyncElasticsearch("https://a.example", verify_certs=False))',
    'return str(OpenSearch("https://a.example", verify_certs=False).info())',
    "c = k8s.Configuration()\n    c.verify_ssl = False\n    return str(k8s.ApiClient(c))",
    'return str(redis.Redis(host="a.example", ssl=True, ssl_cert_reqs=None).get("a"))',
    'return str(redis.Redis(host="a.example", ssl=True, ssl_cert_reqs="none").get("a"))',
    'return str(pymongo.MongoClient("mongodb://a.example", tls=True, tlsAllowInvalidCertificates=True))',
    't = ldap3.Tls(validate=ssl.CERT_NONE)\n    return str(ldap3.Server("ldaps://a.example", tls=t))',
    's = smtplib.SMTP_SSL("a.example", context=ssl._create_unverified_context())\n    return str(s)',
    's = imaplib.IMAP4_SSL("a.example", ssl_context=ssl._create_unverified_context())\n    return str(s)',
    's = http.client.HTTPSConnection("a.example", context=ssl._create_unverified_context())\n    return str(s)',
    (
        'async with websockets.connect("wss://a.example", ssl=ssl._create_unverified_context()) as w:\n'
        "        return await w.recv()"
    ),
    'return requests.get("https://a.example", verify=os.getenv("VERIFY", "false") == "true").text',
    'return requests.request("GET", "https://a.example", verify=False).text',
    'return requests.Session().request("GET", "https://a.example", verify=False).text',
    'return httpx.post("https://a.example", verify=False).text',
    'with httpx.stream("GET", "https://a.example", verify=False) as r:\n        return r.read()',
    'return requests.get("https://a.example", verify=0).text',
]
ON = [
    # Keywords of what a client makes are for what it sends: only the client connects.
    'import influx\n    return str(influx.Client("https://a.example").write_api().write(x, verify_ssl=False))',
    'return requests.get("https://a.example", verify=True).text',
    'return requests.get("https://a.example", verify=1, timeout=0).text',
    'return requests.get("https://a.example", **{"timeout": 0}).text',
    'return str(redis.Redis(host="a.example", ssl=True, ssl_cert_reqs="required"))',
    'return str(urllib3.PoolManager(cert_reqs=None).request("GET", "https://a.example"))',
    'return str(pymongo.MongoClient("mongodb://a.example", tls=True, tlsAllowInvalidCertificates=False))',
    "return str(ldap3.Tls(validate=ssl.CERT_REQUIRED))",
    'kw = dict(verify="/etc/ca.pem")\n    return httpx.get("https://a.example", **kw).text',
    'get = functools.partial(requests.get, timeout=5)\n    return get("https://a.example").text',
    "c = k8s.Configuration()\n    c.verify_ssl = True\n    return str(k8s.ApiClient(c))",
]


@pytest.mark.parametrize(("body", "found"), [*((body, True) for body in OFF), *((body, False) for body in ON)])
def test_verification_that_is_turned_off_is_told(body: str, found: bool) -> None:
    report = analyze(tree_of({"server.py": HEAD.replace("BODY", body)}))

    assert ("tls-verification-disabled" in {finding.rule for finding in report.findings}) is found


def test_a_table_that_several_calls_spread_is_told_once_and_mended_where_it_stands() -> None:
    body = 'a = requests.get("https://a.example", **OPTIONS)\n    return a.text + httpx.get(x, **OPTIONS).text'
    _, changed = fixed_by({"server.py": HEAD.replace("BODY", body)}, "tls-verification-disabled")

    assert 'OPTIONS = {"verify": True}' in changed["server.py"]
