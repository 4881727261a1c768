"""However a credential is written into the code, it is told, and what only looks like one is not."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

HEAD = """
import os, base64
from dataclasses import dataclass, field
from typing import Final, NamedTuple
import aiohttp, boto3, elasticsearch, httpx, neo4j, openai, psycopg2, pymongo, requests, smtplib
from fastmcp import FastMCP
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings
from requests.auth import HTTPBasicAuth

mcp = FastMCP("shop")
session = requests.Session()
headers = {}

@mcp.tool
def tool() -> str:
    return ""

mcp.run(transport="http")
"""
# DRAWN and SAID stand for a credential of its own in each line.
WRITTEN = """
SHOP_API_KEY = "DRAWN"
API_KEY_2 = "DRAWN"
DB_PASS = "SAID"
API_KEY: Final[str] = "DRAWN"
def connect(*, password: str = "SAID"): return password
variable = os.environ.get("SHOP_API_KEY", "DRAWN")
variable = os.getenv("SHOP_API_KEY") or "DRAWN"
os.environ.setdefault("SHOP_API_KEY", "DRAWN")
os.environ["SHOP_API_KEY"] = "DRAWN"
class Model(BaseModel): password: str = "SAID"
class Other(BaseModel): api_key: str = Field(default="DRAWN")
class Settings(BaseSettings): token: SecretStr = SecretStr("DRAWN")
class Item(NamedTuple): api_key: str = "DRAWN"
table = {"db": {"password": "SAID"}}
table = dict(api_key="DRAWN")
table = {"Authorization": "Bearer DRAWN"}
headers["Authorization"] = "Token DRAWN"
session.headers["Authorization"] = "Bearer DRAWN"
session.headers.update({"X-API-Key": "DRAWN"})
address = "postgresql://shop:SAID@db.shop.dev/shop"
address = "mongodb+srv://shop:SAID@cluster0.shop.mongodb.net/x"
address = "redis://:SAID@cache.shop.dev:6379"
answer = requests.get("https://api.shop.dev/x?api_key=DRAWN")
answer = requests.get("https://api.shop.dev", auth=("shop", "SAID"))
proof = HTTPBasicAuth("shop", "SAID")
proof = httpx.BasicAuth("shop", "SAID")
client = aiohttp.ClientSession(auth=aiohttp.BasicAuth("shop", "SAID"))
client = openai.OpenAI(api_key="DRAWN")
openai.api_key = "DRAWN"
client = neo4j.GraphDatabase.driver("bolt://shop", auth=("neo4j", "SAID"))
client = elasticsearch.Elasticsearch("https://shop", basic_auth=("elastic", "SAID"))
client = smtplib.SMTP("shop").login("shop", "SAID")
client = boto3.client("s3", aws_secret_access_key="q7Zr9X/T2mWv8LpB4nYd+7Zr9XkT2mWv8LDRAWN")
API_TOKEN = "KE" + "DRAWN"
SECRET_KEY = b"DRAWN"
SIGN_KEY = "DRAWN".encode()
USER, PASSWORD = "shop", "SAID"
API_KEYS = ["DRAWN", "user"]
VALID_TOKENS = {"DRAWN"}
allowed = lambda password: password == "SAID"
settings = "Server=db.shop.dev;Database=x;User Id=sa;Password=SAID;"
settings = "DRIVER={ODBC Driver 17};SERVER=db.shop.dev;UID=sa;PWD=SAID"
settings = "host=db.shop.dev user=shop password=SAID"
"""
LIKE = """
API_KEY = "your-api-key"
DB_PASS = "changeme"
TOKEN_URL = "https://id.shop.dev/token"
API_KEY_HEADER = "X-API-Key"
table = {"token": "access_token"}
SECRET_NAME = "shop/prod/Database-Password-2024"
KEY_PATH = "/etc/ssl/private/key.pem"
table = {"Authorization": "Bearer {token}"}
table = {"Authorization": "Bearer <token>"}
table = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}
settings = "Server=localhost;Uid=sa;Pwd=q7Zr2Lw9Xc4V"
settings = "Server={host};Uid={user};Pwd={password}"
address = "https://api.shop.dev/x?key=YOUR_API_KEY_GOES_HERE"
address = "https://api.shop.dev/items?token=next_page_of_the_list"
answer = requests.get("https://api.shop.dev", auth=("shop", "password"))
client = smtplib.SMTP("shop").login("shop", "password")
USER, PASSWORD = "shop", "password"
TOKENS = ["<s>", "q7Zr2Lw9Xc4Vb8Nm1Kp6"]
COMMON_PASSWORDS = ["123456", "qwerty12", "letmein1"]
bypass = "q7Zr2Lw9Xc4Vb8Nm1Kp6"
port = os.getenv("PORT") or "8080-or-9090"
"""


def test_a_credential_is_told_in_every_form_of_writing_it_and_nothing_else_is() -> None:
    lines = [
        line.replace("DRAWN", f"{number}q7Zr2Lw9Xc4Vb8NmKp6").replace("SAID", f"{number}Tr0ub4dor")
        for number, line in enumerate(WRITTEN.strip().splitlines(), 10)
    ]
    report = analyze(tree_of({"server.py": HEAD + "\n".join([*lines, *LIKE.strip().splitlines()])}))

    found = {item.location.span.start.line for item in report.findings if item.rule == "hardcoded-credential"}
    first = HEAD.count("\n") + 1
    assert found == set(range(first, first + len(lines)))
