import pytest
from graphql import GraphQLObjectType, is_object_type, parse, print_ast

from scripts.slice_graphql import slice_schema
from tests.standin import graph, graph_nodes, objects
from tests.standin.graph_mutations import MUTATIONS
from tests.standin.records import PullRequest
from tests.standin.repository import Repository

BLOB = "... on Blob { oid text isBinary isTruncated byteSize }"
CONTEXT = (
    "query($owner: String!, $name: String!, $number: Int!, $file: String!, $after: String) {"
    " repository(owner: $owner, name: $name) {"
    f"  policy: object(expression: $file) {{ {BLOB} }}"
    "  pullRequest(number: $number) {"
    "   number state isDraft headRefOid baseRefOid baseRefName changedFiles headRepository { nameWithOwner }"
    "   author { login }"
    "   reviewThreads(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes {"
    "    id isResolved isOutdated path line originalLine resolvedBy { login }"
    "    comments(first: 50) { nodes { id databaseId body viewerDidAuthor author { login } } } } } } } }"
)
NAMES = {"owner": "acme", "name": "server"}


@pytest.fixture
def thread(api, pull: PullRequest) -> dict:
    comment = {"path": "server.py", "line": 10, "body": "wrong"}
    body = {"event": "COMMENT", "body": "1 finding", "commit_id": pull.head_sha, "comments": [comment]}
    api("POST", f"pulls/{pull.number}/reviews", json=body)
    return asked(api, pull)["pullRequest"]["reviewThreads"]["nodes"][0]


def asked(api, pull: PullRequest) -> dict:
    return api.graphql(CONTEXT, **NAMES, number=pull.number, file="main:.github/skillaudit.yml")["data"]["repository"]


def test_one_query_gives_policy_pull_request_and_threads(api, standin, repository: Repository, pull, thread):
    repository.commit({".github/skillaudit.yml": "gate: high\n"})

    answer = asked(api, pull)

    assert answer["policy"]["text"] == "gate: high\n"
    found = answer["pullRequest"]
    assert (found["headRefOid"], found["baseRefOid"]) == (pull.head_sha, repository.head("main"))
    assert (found["changedFiles"], found["author"], found["state"]) == (3, {"login": "contributor"}, "OPEN")
    assert (thread["path"], thread["line"], thread["isResolved"]) == ("server.py", 10, False)
    comment = standin.comments(repository, pull)[0]
    assert thread["comments"]["nodes"] == [
        {
            "id": comment.node_id,
            "databaseId": comment.id,
            "body": "wrong",
            "viewerDidAuthor": True,
            "author": {"login": "skillaudit"},
        }
    ]


def test_blobs_come_in_batches(api, repository: Repository, standin):
    repository.commit({"text.py": "é\n", "binary": b"a\0b", "large.py": b"x" * 600_000})
    shas = [repository.resolve(f"main:{path}") for path in ("text.py", "binary", "large.py")] + ["0" * 40]
    aliases = " ".join(f'b{n}: object(oid: "{sha}") {{ {BLOB} }}' for n, sha in enumerate(shas))

    answer = api.graphql(f'{{ repository(owner: "acme", name: "server") {{ {aliases} }} }}')["data"]["repository"]

    assert (answer["b0"]["text"], answer["b0"]["byteSize"]) == ("é\n", 3)
    assert (answer["b1"]["text"], answer["b1"]["isBinary"]) == (None, True)
    assert (len(answer["b2"]["text"]), answer["b2"]["isTruncated"], answer["b2"]["byteSize"]) == (
        512_000,
        True,
        600_000,
    )
    assert answer["b3"] is None


def test_a_comment_is_minimised_and_shown_again(api, standin, repository: Repository, pull: PullRequest, thread):
    mutation = (
        "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: RESOLVED})"
        " { minimizedComment { isMinimized minimizedReason } } }"
    )
    comment = thread["comments"]["nodes"][0]["id"]

    answer = api.graphql(mutation, id=comment)

    assert answer["data"]["minimizeComment"]["minimizedComment"] == {
        "isMinimized": True,
        "minimizedReason": "resolved",
    }
    assert standin.comments(repository, pull) == []
    api.graphql("mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { clientMutationId } }", id=comment)
    assert len(standin.comments(repository, pull)) == 1


RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"


def test_resolving_a_thread_needs_write_access_to_contents(api, standin, repository: Repository, pull, thread):
    refused = api.graphql(RESOLVE, id=thread["id"])
    standin.installation(repository).permissions["contents"] = "write"
    allowed = api.with_token().graphql(RESOLVE, id=thread["id"])

    assert (refused["errors"][0]["type"], refused["data"]["resolveReviewThread"]) == ("FORBIDDEN", None)
    assert allowed["data"]["resolveReviewThread"]["thread"] == {"isResolved": True}
    assert standin.threads(repository, pull)[0].resolved_by == standin.app.bot


def test_what_people_do_with_threads_is_seen(api, standin, repository: Repository, pull: PullRequest, thread):
    found = standin.threads(repository, pull)[0]
    standin.people.resolve(found, "reviewer")
    standin.people.reply(standin.state.comments[found.root_id], "reviewer", "on purpose")

    seen = asked(api, pull)["pullRequest"]["reviewThreads"]["nodes"][0]

    assert (seen["isResolved"], seen["resolvedBy"]) == (True, {"login": "reviewer"})
    assert [(c["body"], c["viewerDidAuthor"]) for c in seen["comments"]["nodes"]] == [
        ("wrong", True),
        ("on purpose", False),
    ]


def test_lists_are_paged_by_cursor(api, pull: PullRequest):
    comments = [{"path": "server.py", "line": 10, "body": f"c{number}"} for number in range(150)]
    body = {"event": "COMMENT", "body": "b", "commit_id": pull.head_sha, "comments": comments}
    api("POST", f"pulls/{pull.number}/reviews", json=body)

    first = asked(api, pull)["pullRequest"]["reviewThreads"]
    second = api.graphql(CONTEXT, **NAMES, number=1, file="main:x", after=first["pageInfo"]["endCursor"])
    rest = second["data"]["repository"]["pullRequest"]["reviewThreads"]

    assert (len(first["nodes"]), first["pageInfo"]["hasNextPage"]) == (100, True)
    assert (len(rest["nodes"]), rest["pageInfo"]["hasNextPage"]) == (50, False)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ('{ repository(owner: "acme", name: "secret") { id } }', "NOT_FOUND"),
        ('{ repository(owner: "acme", name: "server") { pullRequest(number: 99) { id } } }', "NOT_FOUND"),
        ('{ node(id: "PRRT_1") { id } }', "NOT_FOUND"),
        (
            '{ repository(owner: "acme", name: "server") { pullRequests(first: 101) { totalCount } } }',
            "EXCESSIVE_PAGINATION",
        ),
        (
            '{ repository(owner: "acme", name: "server") { pullRequests { totalCount } } }',
            "MISSING_PAGINATION_BOUNDARIES",
        ),
    ],
)
def test_errors_come_with_status_200_and_a_type(api, standin, query, kind):
    standin.create_repository("acme/secret", installed=False)

    assert [error["type"] for error in api.graphql(query)["errors"]] == [kind]


@pytest.mark.parametrize(
    "query",
    [
        "{ repository(owner: 1, name: 2) { id } }",
        '{ repository(owner: "a", name: "b") { stars } }',
        'mutation { minimizeComment(input: {subjectId: "x", classifier: FIXED}) { clientMutationId } }',
        'mutation { resolveReviewThread(input: {id: "x"}) { clientMutationId } }',
        "{ repository(",
    ],
)
def test_a_query_that_the_schema_does_not_know_is_a_violation(api, standin, query):
    assert api("POST", "/graphql", json={"query": query}).status_code == 500
    assert len(standin.violations) > 0
    standin.violations.clear()


def test_a_mutation_costs_five_points_and_a_query_one(api, standin, thread):
    standin.log.clear()
    api.graphql("{ viewer { login } }")
    api.graphql(RESOLVE, id=thread["id"])

    assert [entry.points for entry in standin.log.entries] == [1, 5]


def test_the_schema_is_what_the_script_cuts_out():
    committed = graph.SCHEMA.read_text(encoding="utf-8")

    assert print_ast(slice_schema(parse(committed))) + "\n" == committed


def test_every_field_of_the_schema_is_answered(standin, repository: Repository, pull: PullRequest, api, thread):
    context = graph_nodes.Context(standin.state, standin.tokens()[-1], standin.url, {})
    comment = standin.comments(repository, pull)[0]
    root = graph_nodes.query(context)
    served = [
        graph_nodes.repository(context, repository),
        graph_nodes.pull(context, repository, pull),
        graph_nodes.thread(context, repository, standin.threads(repository, pull)[0]),
        graph_nodes.comment(context, repository, comment),
        graph_nodes.user(standin.user("reviewer")),
        graph_nodes.user(standin.app.bot),
        graph_nodes.user(repository.owner),
        graph_nodes.git_object(objects.read(repository.path, repository.head("main"))),
        graph_nodes.git_object(objects.read(repository.path, repository.resolve("main^{tree}"))),
        graph_nodes.git_object(objects.read(repository.path, repository.resolve("main:old.py"))),
        graph_nodes.repository(context, repository)["defaultBranchRef"](),
        root | {"__typename": "Query"},
        root["rateLimit"]() | {"__typename": "RateLimit"},
        dict.fromkeys(MUTATIONS) | {"__typename": "Mutation"},
    ]
    answered = {node["__typename"]: set(node) for node in served}
    not_nodes = ("Connection", "Payload", "PageInfo", "Tag", "__")

    missing = {
        kind.name: set(kind.fields) - answered.get(kind.name, set())
        for kind in graph.schema().type_map.values()
        if is_object_type(kind) and isinstance(kind, GraphQLObjectType) and not any(w in kind.name for w in not_nodes)
    }

    assert {name: fields for name, fields in missing.items() if fields} == {}
