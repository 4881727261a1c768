"""Which rules find which class of weakness. The one place to change when a rule or a class is added."""

from collections.abc import Collection

RULES_OF_CLASS: dict[str, tuple[str, ...]] = {
    "missing-tool-authz": (
        "missing-per-tool-authorization",
        "authorization-only-on-list",
        "ineffective-authorization-check",
        "fail-open-authorization",
        "caller-supplied-identity",
        "restriction-tag-misses-tool",
        "guarded-tool-called-directly",
        "authorization-removed-in-change",
        "unresolved-authorization",
        "unauthenticated-custom-route",
        # Where nobody is authenticated nobody is authorized either, and one finding says both, naming the tools.
        "unauthenticated-network-server",
    ),
    "missing-authn": (
        "unauthenticated-network-server",
        "unauthenticated-custom-route",
        "mounted-server-loses-authentication",
        "development-verifier-in-server",
        "unchecked-redirect-uri",
    ),
    "token-audience": ("missing-audience-check",),
    "over-privilege": (
        "token-without-expiry",
        "long-lived-token",
        "wildcard-tool-grant",
        "omnibus-scope-published",
        "verifier-accepts-unexpiring-token",
        # Its tokens neither expire nor are bound to a task.
        "development-verifier-in-server",
        "overbroad-downstream-grant",
        "unbounded-capability-tool",
        "one-credential-for-read-and-write",
    ),
    "ambient-credential": ("ambient-service-credential", "token-passthrough"),
    "shared-session-state": ("cross-session-state", "state-handle-not-bound", "shared-cache-of-caller-data"),
    "hardcoded-credential": (
        "hardcoded-credential",
        "credential-in-client-config",
        "credential-in-deployment-file",
    ),
    "secret-logged": ("secret-in-log",),
    "secret-returned": ("secret-returned-to-model", "internal-error-to-model"),
    "tls-verification-off": ("tls-verification-disabled",),
    "dns-rebinding": ("origin-validation-off",),
    "network-exposure": ("unauthenticated-network-server", "network-bind-without-client-identity"),
    "ssrf": (
        "ssrf-model-controlled-host",
        "ssrf-broken-guard",
        "ssrf-redirect-after-check",
        "ssrf-resolve-then-connect",
        "path-injection-into-downstream-url",
    ),
    "command-injection": ("command-injection", "unbounded-capability-tool"),
    "deserialization": ("command-injection",),
    "code-injection": ("command-injection", "unbounded-capability-tool"),
    # A path may also lead out of its route, in a request that another service opens files for.
    "path-traversal": ("path-traversal", "path-injection-into-downstream-url"),
    "query-injection": ("query-injection", "unbounded-capability-tool"),
}

# What is missing has no line of its own: a finding anywhere in the file named, or on a tool declared there, is right.
ABSENCES = frozenset({"missing-tool-authz", "missing-authn", "shared-session-state"})


def covered(weakness: str, rules: Collection[str]) -> bool:
    """Tell whether any of the rules that exist finds a class."""
    return any(rule in rules for rule in RULES_OF_CLASS.get(weakness, ()))


def unknown_rules(rules: Collection[str]) -> list[str]:
    """Name the rules that exist and find no class, so that nobody takes their silence for precision."""
    known = {rule for names in RULES_OF_CLASS.values() for rule in names}
    return sorted(set(rules) - known)
