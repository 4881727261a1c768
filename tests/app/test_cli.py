"""The command line as users run it: a real process, real git repositories, the real analysis."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import msgspec
import pytest

from app.render import jsonformat

ROOT = Path(__file__).resolve().parents[2]

SERVER = """\
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
import httpx

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://idp.internal/jwks", audience="shop", issuer="idp"))


def require_tool(name: str) -> None:
    token = get_access_token()
    if token is None or name not in token.claims.get("allowed_tools", []):
        raise PermissionError(name)


@mcp.tool
async def get_invoice(invoice_id: str) -> str:
    require_tool("get_invoice")
    async with httpx.AsyncClient() as client:
        return (await client.get(f"https://billing.internal/invoices/{invoice_id}")).text


@mcp.tool
async def list_orders(customer_id: str) -> str:
    require_tool("list_orders")
    async with httpx.AsyncClient() as client:
        return (await client.get("https://orders.internal/orders", params={"customer": customer_id})).text


if __name__ == "__main__":
    mcp.run(transport="http")
"""
UNGUARDED = """\
@mcp.tool
async def delete_customer_record(customer_id: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.delete(f"https://crm.internal/customers/{customer_id}")).text


"""
CHANGED = SERVER.replace("if __name__", f"{UNGUARDED}if __name__")
RULE = "missing-per-tool-authorization"


class Shop:
    """A repository on its way to having the server above, and the command line run on it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "shop"
        self.cache = folder / "cache"
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        command = ["git", *identity, "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": os.environ["PATH"], "SKILLAUDIT_CACHE_DIR": str(self.cache), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "app", *arguments]
        return subprocess.run(command, env=clean | environment, cwd=self.root, capture_output=True, text=True)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def change(shop: Shop) -> Shop:
    """A branch `topic` that adds a tool without a check."""
    shop.commit(server_py=SERVER)
    shop.git("checkout", "-q", "-b", "topic")
    shop.commit(server_py=CHANGED)
    return shop


def test_a_review_names_the_tool_that_lost_its_guard(change: Shop) -> None:
    done = change.run("review", "--base", "main")

    assert (done.returncode, done.stderr) == (1, "")
    assert "▲ delete_customer_record  new  server.py:30" in done.stdout
    assert f"HIGH {RULE}  server.py:30" in done.stdout
    assert done.stdout.splitlines()[-2].startswith("✗ 1 blocking finding: delete_customer_record runs")
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_a_deleted_check_is_told_at_the_deleted_line_with_what_restores_it(shop: Shop) -> None:
    check = '    require_tool("list_orders")\n'
    shop.commit(server_py=SERVER)
    shop.git("checkout", "-q", "-b", "topic")
    shop.commit(server_py=SERVER.replace(check, ""))

    report = json.loads(shop.run("review", "--base", "main", "--format", "json").stdout)
    text = shop.run("review", "--base", "main").stdout

    (found,) = [finding for finding in report["findings"] if finding["new"]]
    (changed,) = report["authority_diff"]
    line = SERVER.splitlines().index(check.rstrip()) + 1
    assert (found["rule"], found["side"], found["path"], found["start_line"], found["new_tools"]) == (
        "authorization-removed-in-change",
        "base",
        "server.py",
        line,
        ["server:mcp:list_orders"],
    )
    assert (found["fix"]["safety"], [edit["text"] for edit in found["fix"]["edits"]]) == ("safe", [check])
    assert changed["cause"] == {"path": "server.py", "line": line, "side": "base"}
    assert f"authorization-removed-in-change  server.py:{line}" in text


def test_json_is_deterministic_and_published(change: Shop) -> None:
    one = json.loads(change.run("review", "--base", "main", "--format", "json").stdout)
    other = json.loads(
        change.run("review", str(change.root), "--base", "main", "--head", "topic", "--format", "json").stdout
    )
    schema = json.loads(Path(jsonformat.__file__).with_name("report.schema.json").read_bytes())

    one.pop("elapsed_ms"), other.pop("elapsed_ms")
    assert one == other
    assert set(schema["$defs"]["Document"]["properties"]) == {*one, "elapsed_ms"}
    assert one["target"] == {
        "kind": "range",
        "commit": change.git("rev-parse", "topic"),
        "base": change.git("rev-parse", "main"),
        "merge_base": change.git("rev-parse", "main"),
    }
    assert one["verdict"] == {"conclusion": "failure", "gate": "high", "blocking": 1}
    assert [(item["rule"], item["new"]) for item in one["findings"] if item["severity"] == "high"] == [(RULE, True)]


def test_a_change_is_judged_from_where_it_left_its_base(change: Shop) -> None:
    change.git("checkout", "-q", "main")
    change.commit(other_py="x = 1\n")
    done = change.run("review", "--base", "main", "--head", "topic", "--format", "json")
    target = json.loads(done.stdout)["target"]

    assert target["merge_base"] == change.git("rev-parse", "main~1")
    assert target["base"] == change.git("rev-parse", "main")


def test_a_scan_has_no_base(change: Shop) -> None:
    done = change.run("scan", "--format", "json")
    report = json.loads(done.stdout)

    assert done.returncode == 1
    assert report["authority_diff"] is None
    assert report["target"] == {
        "kind": "tree", "commit": change.git("rev-parse", "topic"), "base": None, "merge_base": None,
    }  # fmt: skip
    assert all(finding["new"] for finding in report["findings"])


def test_a_folder_without_git_is_scanned_as_it_lies_there(tmp_path: Path, change: Shop) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "server.py").write_text(CHANGED)
    done = change.run("scan", str(tmp_path / "plain"), "--format", "json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["target"]["commit"] is None


def test_one_file_can_be_scanned(change: Shop) -> None:
    assert change.run("scan", "server.py").returncode == 1


def test_options_change_what_fails(change: Shop) -> None:
    assert change.run("scan", "--fail-on", "never").returncode == 0
    assert change.run("scan", "--fail-on", "critical").returncode == 0
    assert change.run("scan", "--ignore", RULE, "--fail-on", "high").returncode == 0
    assert change.run("scan", "--select", RULE).returncode == 1
    assert json.loads(change.run("scan", "--select", RULE, "--format", "json").stdout)["findings"][0]["rule"] == RULE


def test_reports_go_to_the_file_that_is_named(change: Shop, tmp_path: Path) -> None:
    done = change.run("scan", "--format", "sarif", "--output", str(tmp_path / "out.sarif"))
    log = msgspec.json.decode((tmp_path / "out.sarif").read_bytes())

    assert (done.returncode, done.stdout) == (1, "")
    assert log["version"] == "2.1.0"
    assert log["runs"][0]["results"][0]["ruleId"] == RULE


def test_markdown_begins_with_the_verdict(change: Shop) -> None:
    done = change.run("review", "--base", "main", "--format", "markdown")

    assert done.stdout.startswith("# 1 blocking finding: `delete_customer_record` runs")
    assert "**Authority of the tools that changed**" in done.stdout


def test_the_table_has_every_tool(change: Shop) -> None:
    done = change.run("tools")
    rows = json.loads(change.run("tools", "--format", "json").stdout)["tools"]

    assert done.returncode == 0
    assert "claim allowed_tools" in done.stdout
    assert [row["name"] for row in rows] == ["delete_customer_record", "get_invoice", "list_orders"]


def test_the_policy_is_that_of_the_base(change: Shop) -> None:
    change.commit(_github__skillaudit_yml="gate: never\n")
    change.git("mv", ".github/skillaudit.yml", ".github/x")
    done = change.run("review", "--base", "main")

    assert done.returncode == 1


@pytest.fixture
def relaxed(shop: Shop) -> Shop:
    """The change above on a base whose policy turns its rule off."""
    (shop.root / ".github").mkdir()
    (shop.root / ".github" / "skillaudit.yml").write_text(
        f"rules:\n  {RULE}: {{severity: off, reason: guarded by the gateway}}\n"
    )
    shop.commit(server_py=SERVER)
    shop.git("checkout", "-q", "-b", "topic")
    shop.commit(server_py=CHANGED)
    return shop


def test_a_rule_that_the_base_turned_off_is_silent(relaxed: Shop) -> None:
    done = relaxed.run("review", "--base", "main")

    assert done.returncode == 0
    assert "Policy: .github/skillaudit.yml at" in done.stdout.replace("\n", " ")


def test_a_part_of_a_repository_says_that_the_policy_of_the_root_is_not_followed(relaxed: Shop) -> None:
    (relaxed.root / "part").mkdir()
    (relaxed.root / "part" / "server.py").write_text(CHANGED)

    whole, part, file = (relaxed.run("scan", path).stdout for path in (".", "part", "server.py"))

    unfollowed = "scan its root"
    assert [unfollowed in " ".join(text.split()) for text in (whole, part, file)] == [False, True, True]


def test_what_a_proposed_policy_would_do_is_told(relaxed: Shop) -> None:
    (relaxed.root / ".github" / "skillaudit.yml").write_text("gate: high\n")
    relaxed.commit()
    done = relaxed.run("review", "--base", "main")

    assert done.returncode == 0
    assert "Under it the verdict would change from success to failure." in done.stdout.replace("\n", " ")


def test_what_taking_the_policy_away_would_do_is_told(relaxed: Shop) -> None:
    relaxed.git("rm", "-q", ".github/skillaudit.yml")
    relaxed.git("commit", "-q", "-m", "no policy")

    assert "verdict would change from success to failure" in told(relaxed)


def test_a_policy_that_only_the_base_changed_since_is_no_proposal(relaxed: Shop) -> None:
    relaxed.git("checkout", "-q", "main")
    relaxed.commit(**{".github__skillaudit_yml": "gate: critical\n"})
    relaxed.git("checkout", "-q", "topic")

    assert "This change edits" not in told(relaxed)


def test_a_policy_that_cannot_be_read_stops_the_command(relaxed: Shop) -> None:
    relaxed.git("checkout", "-q", "main")
    relaxed.commit(**{".github__skillaudit_yml": "gate: low\n" + "# and so on\n" * 100_000})
    relaxed.git("checkout", "-q", "topic")
    done = relaxed.run("review", "--base", "main")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("skillaudit: .github/skillaudit.yml:1:1: larger than ")


def told(shop: Shop) -> str:
    return " ".join(shop.run("review", "--base", "main").stdout.split())


def test_a_policy_with_a_mistake_stops_the_command(relaxed: Shop) -> None:
    (relaxed.root / ".github" / "skillaudit.yml").write_text("gate: high\nmoode: advisory\n")
    done = relaxed.run("scan")

    expected = "skillaudit: .github/skillaudit.yml:2:1: unknown key 'moode'; did you mean 'mode'?\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("scan", "nowhere"), "skillaudit: nowhere does not exist\n"),
        (("review", "--base", "nowhere"), "skillaudit: 'nowhere' names no commit in .\n"),
        (("review", "--base=--output=x"), "skillaudit: '--output=x' is not a revision\n"),
        (("review",), "skillaudit: review needs --base REV, the branch that the change goes to\n"),
        (("scan", "--ignore", "missing-per-tool-authorisation"),
         f"skillaudit: there is no rule 'missing-per-tool-authorisation'; did you mean '{RULE}'?\n"),
        (("rules", "nothing-like-it"), "skillaudit: there is no rule 'nothing-like-it'\n"),
        (("scan", "--output", "no/such/folder/x"), "skillaudit: no/such/folder/x: no such file or directory\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_line(change: Shop, arguments: tuple[str, ...], message: str) -> None:
    done = change.run(*arguments)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_the_version_is_that_of_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "app", "--version"], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, f"skillaudit, version {metadata.version('skillaudit')}\n")


def test_a_folder_without_repository_cannot_be_reviewed(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    done = shop.run("review", str(tmp_path / "plain"), "--base", "main")

    assert (done.returncode, done.stderr) == (2, f"skillaudit: {tmp_path / 'plain'} is not a git repository\n")


def test_uncommitted_files_are_named_as_not_reviewed(change: Shop) -> None:
    (change.root / "notes.py").write_text("x = 1\n")
    done = change.run("review", "--base", "main")

    assert "Not reviewed, because not committed: notes.py." in done.stdout


def test_a_broken_file_of_the_server_makes_it_incomplete(shop: Shop) -> None:
    shop.commit(server_py=SERVER, helper_py="x = 1\n")
    shop.git("checkout", "-q", "-b", "topic")
    shop.commit(server_py=CHANGED.replace("require_tool(name: str)", "require_tool(name: str"))
    done = shop.run("review", "--base", "main", "--format", "json")
    report = json.loads(done.stdout)

    assert done.returncode == 2
    assert [item["path"] for item in report["coverage"]["not_analyzed"] if item["in_scope"]] == ["server.py"]


def test_odd_files_never_end_a_scan(change: Shop) -> None:
    (change.root / "loop").symlink_to(change.root)
    (change.root / "outside.py").symlink_to("/etc/passwd")
    (change.root / os.fsdecode(b"caf\xe9.py")).write_bytes(b"x = 1\n")
    (change.root / "binary.py").write_bytes(b"\0\xff\xfe" * 100)
    (change.root / "empty.py").write_bytes(b"")
    os.mkfifo(change.root / "pipe.py")
    done = change.run("scan", "--format", "json")

    assert done.returncode in (1, 2)
    assert done.stderr == ""
    assert RULE in {finding["rule"] for finding in json.loads(done.stdout)["findings"]}


def test_scan_and_review_start_without_the_servers_libraries(change: Shop) -> None:
    script = (
        "import sys\nfrom app.cli import app\n"
        "try:\n    app(sys.argv[1:])\n"
        "except SystemExit:\n    print(sorted(sys.modules.keys() & {'fastapi', 'sqlmodel', 'githubkit', 'httpx'}))\n"
    )
    for arguments in (["scan", "--output", os.devnull], ["review", "--base", "main", "--output", os.devnull]):
        environment = {"PATH": os.environ["PATH"], "SKILLAUDIT_CACHE_DIR": str(change.cache), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], env=environment, cwd=change.root, capture_output=True, text=True
        )

        assert (done.stdout, done.stderr) == ("[]\n", "")


def test_nothing_breaks_when_the_reader_of_a_pipe_leaves(change: Shop) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "app", "scan"]
    environment = {"PATH": os.environ["PATH"], "SKILLAUDIT_CACHE_DIR": str(change.cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=change.root, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)

    assert done.stderr == ""


def test_a_machine_without_analysis_processes_is_told_in_one_line(change: Shop) -> None:
    broken = "import sys; from app.cli import main; sys.argv[0] = 'skillaudit'; sys.executable = '/bin/false'; main()"
    command = [sys.executable, "-c", broken, "scan", str(change.root)]
    environment = {"PATH": os.environ["PATH"], "SKILLAUDIT_CACHE_DIR": str(change.cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("skillaudit: the analysis process did not start")
    assert done.stderr.count("\n") == 1


def test_rules_are_listed_and_explained(shop: Shop) -> None:
    assert RULE in shop.run("rules").stdout
    assert "Why it matters" in shop.run("rules", RULE).stdout
    told = shop.run("rules", "unauthenticated-custom-route", "--format", "markdown").stdout
    assert "A custom route answers without the token that the MCP endpoint asks for." in told


def test_a_worker_of_its_own_needs_postgres(shop: Shop) -> None:
    done = shop.run("worker")

    assert done.returncode == 2
    assert "DATABASE_URL: a worker needs Postgres" in done.stderr
