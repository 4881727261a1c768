"""The architectural patterns that findings point to: the root cause's cure, beside the fix of the line."""

import msgspec


class Pattern(msgspec.Struct, frozen=True):
    """A pattern; `text` is Markdown of a few sentences."""

    id: str
    title: str
    text: str


_ALL = (
    Pattern(
        "decide-at-every-call",
        "Decide at every call, deny by default",
        "Authenticate once at the edge, decide at each call. Keep one map from tool to the grant it needs, enforce it "
        "in one call-time hook that refuses unknown names, and repeat the check in handlers that change money, "
        "identity or data. Issue tokens per task, minutes long, with `allowed_tools` listed. Hiding a tool from the "
        "list is no enforcement: a manipulated model can call a name that it was never shown.",
    ),
    Pattern(
        "authenticated-resource-server",
        "A remote tool server is an OAuth resource server",
        "Network position is not identity. A server that is reached over the network verifies a token on every "
        "request: signature, issuer, audience and expiry. A server that only its own user needs speaks stdio and opens "
        "no port. Every further route of the same application takes the same token.",
    ),
    Pattern(
        "guard-that-can-say-no",
        "A guard must be able to say no",
        "A check is a branch that refuses, stands before the first effect on every path, and depends on a verified "
        "identity and on this tool. Absence of evidence is denial: no token, no claim and an error in the check all "
        "refuse. Test each guard with an empty token and with a token for another tool.",
    ),
    Pattern(
        "verified-token",
        "Verify a token before believing it",
        "A token is text from the caller until its signature, issuer, audience and expiry are verified with the "
        "issuer's key. Verify in one place, pass on the verified claims and never the raw text, and accept only the "
        "algorithms that the issuer uses.",
    ),
    Pattern(
        "subject-from-the-token",
        "The subject comes from the verified token, objects come from the model",
        "Who is calling is what the issuer signed: read the subject and the tenant from the verified claims, in one "
        "place, and key every read and write by them. Parameters, headers, metadata and client names are text from the "
        "caller: they name objects, and whether this subject may touch an object is checked, never assumed.",
    ),
    Pattern(
        "short-lived-grants",
        "Short-lived tokens for one task",
        "Issue a token for one session and one task: minutes long, for one audience, with the tools it needs listed by "
        "name. Renew rather than extend. Give each token an id so that it can be revoked on every server at once.",
    ),
    Pattern(
        "audit-every-call",
        "Record every call, allowed or denied",
        "Write one structured record per tool call: who (the token's subject), which tool, which resource, the "
        "outcome, and a correlation id. Write it in the hook that every call passes, outside of authorization so that "
        "denials are seen, and ship it off the host. Keep a runbook that revokes a session by its subject or token id.",
    ),
    Pattern(
        "credential-per-call",
        "Bind the credential to the call",
        "What a call may do downstream follows from who called, not from what the server can do. Exchange the caller's "
        "verified token for one of one downstream, one scope and a few minutes (RFC 8693, on-behalf-of, STS session "
        "policy), so that each link of the chain is narrower and shorter than the one before. The server itself proves "
        "who it is by workload identity, not by a stored key.",
    ),
    Pattern(
        "secrets-outside-the-code",
        "Secrets live outside the code",
        "Code and history are copied; a secret in them is everybody's. Read it from a secret store or from workload "
        "identity at run time, keep it short-lived, and revoke what was ever committed: removing the line does not "
        "take it out of the history.",
    ),
    Pattern(
        "secrets-stay-inside",
        "Secrets stay inside the process",
        "A secret has one use: to be shown to the service that it is for. It goes into that request and nowhere else, "
        "neither into logs and traces nor into what a model reads or writes. Keep it in a type that hides itself when "
        "it is written out (`SecretStr`), and name it by what identifies it: the variable, the client, the token's id. "
        "Tell callers what went wrong in words of your own, with an id under which the details are logged.",
    ),
    Pattern(
        "state-keyed-by-subject",
        "State belongs to its subject",
        "The protocol is stateless: calls of different callers meet in one process. Keep what belongs to a caller "
        "under the verified subject, with an expiry, and hand out handles that only that subject can use.",
    ),
    Pattern(
        "verify-the-peer",
        "Both ends prove who they are",
        "Encryption without verification hands the secret to whoever answers. Verify the certificate of every peer, "
        "with your own authority's bundle where the peer is internal, and use mutual TLS or SPIFFE identities between "
        "workloads so that each side knows the other before the first call.",
    ),
    Pattern(
        "one-tool-one-verb",
        "One tool, one verb",
        "A tool does one thing with typed arguments: fixed programs with argument lists, fixed statements with bound "
        "parameters, files below a folder of its own. What the model passes is data and never a command, code, a "
        "statement or a path as such. Where a general interpreter is the product, run it in a sandbox that has nothing "
        "to lose and let a person approve each call; beside it every other scope means nothing.",
    ),
    Pattern(
        "destination-by-configuration",
        "Destinations are configuration, not input",
        "Let the model choose a key and let the server map it to an address. Where arbitrary addresses are the "
        "product, resolve and check the address at the connection itself, follow no redirect unchecked, and send the "
        "traffic through a filtering proxy in an isolated network without a route to metadata services or internal "
        "hosts.",
    ),
)

PATTERNS: dict[str, Pattern] = {pattern.id: pattern for pattern in _ALL}
