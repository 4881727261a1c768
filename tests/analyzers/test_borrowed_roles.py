"""Roles that a server takes on in its callers' names, and what a token's object shows."""

from collections.abc import Callable

import pytest

from analyzers import Report

HEAD = """\
import json
import logging

import boto3
import redis
from fastmcp import FastMCP
from fastmcp.server.auth import require_scopes
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("ops", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="ops"))
log = logging.getLogger("ops")
store = redis.from_url("redis://redis.internal")


def session(actions):
    token = get_access_token()
    credentials = boto3.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/ops",
        RoleSessionName=token.client_id,
        DurationSeconds=900,
        Policy=json.dumps({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}),
    )["Credentials"]
    return boto3.Session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])

"""
RUN = '\nmcp.run(transport="http")\n'
ROLE = "a role in the caller's name"


def test_a_role_of_the_server_gives_its_callers_no_rights_of_their_own(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    tool = """@mcp.tool
def stop(name: str) -> None:
    session(["ec2:*"]).client("ec2").terminate_instances(InstanceIds=[name])
"""
    report = scan({"server.py": HEAD + tool + RUN})

    (row,) = report.tools
    assert (row.authorization.kind, row.credentials, row.capabilities) == ("none", (ROLE,), ("destroy",))
    told = {item.rule for item in report.findings}
    assert "missing-per-tool-authorization" in told
    assert "ambient-service-credential" not in told


def test_the_machines_own_role_acts_for_everybody(scan: Callable[[dict[str, str]], Report]) -> None:
    tool = """@mcp.tool(auth=require_scopes("machines:restart"))
def restart(name: str) -> None:
    boto3.client("ec2").reboot_instances(InstanceIds=[name])
"""
    report = scan({"server.py": HEAD + tool + RUN})

    assert [item.tools for item in report.findings if item.rule == "ambient-service-credential"] == [
        ("server:mcp:restart",)
    ]


@pytest.mark.parametrize(
    ("command", "capability"),
    [("rpush('notes', text)", "write"), ("lrange('notes', 0, -1)", "read-private"), ("hdel('notes', text)", "destroy")],
)
def test_commands_of_a_store_of_keys_are_no_verbs(
    scan: Callable[[dict[str, str]], Report], command: str, capability: str
) -> None:
    report = scan({"server.py": f"{HEAD}@mcp.tool\ndef keep(text: str) -> list:\n    return store.{command}\n{RUN}"})

    assert report.tools[0].capabilities == (capability,)


@pytest.mark.parametrize(
    ("statement", "rules"),
    [
        ("log.info('called by %s', token)", ["secret-in-log"]),
        ("log.info(f'called by {token!r}')", ["secret-in-log"]),
        ("log.info('called by %s', token.model_dump())", ["secret-in-log"]),
        ("return {'caller': token}", ["secret-returned-to-model"]),
        ("log.info('called by %s', token.client_id)", []),
        ("log.info('called by %s', token.claims['sub'])", []),
        ("log.info('signed in: %s', token is not None)", []),
    ],
)
def test_the_object_of_a_token_shows_the_token(
    scan: Callable[[dict[str, str]], Report], statement: str, rules: list[str]
) -> None:
    tool = f"@mcp.tool\ndef who() -> dict:\n    token = get_access_token()\n    {statement}\n    return {{}}\n"
    report = scan({"server.py": HEAD + tool + RUN})

    assert [item.rule for item in report.findings if item.rule.startswith("secret-")] == rules
