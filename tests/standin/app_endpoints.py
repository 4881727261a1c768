"""Answers about Apps, installations, tokens and webhook deliveries."""

from tests.standin import delivery_payloads, payloads
from tests.standin.accounts import LEVELS, Installation
from tests.standin.endpoints import for_app, for_installation
from tests.standin.exchange import Call, Refused, Reply, page, page_size
from tests.standin.payloads import timestamp


@for_app("apps/get-authenticated")
def get_app(call: Call) -> Reply:
    """Answer with the App itself."""
    count = sum(installation.app is call.acting_app for installation in call.state.installations.values())
    return Reply(200, payloads.app(call.acting_app, call.base_url) | {"installations_count": count})


@for_app("apps/list-installations")
def list_installations(call: Call) -> Reply:
    """Answer with the App's installations."""
    found = [i for i in call.state.installations.values() if i.app is call.acting_app]
    items, headers = page(call, found, "/app/installations")
    return Reply(200, [payloads.installation(item, call.base_url) for item in items], headers=headers)


@for_app("apps/get-installation")
def get_installation(call: Call) -> Reply:
    """Answer with one installation."""
    return Reply(200, payloads.installation(_installation(call), call.base_url))


@for_app("apps/get-repo-installation")
def get_repository_installation(call: Call) -> Reply:
    """Answer with the installation that reaches a repository."""
    found = call.state.installation_for(call.acting_app, call.repository)
    if found is None:
        raise Refused(404, "Not Found")
    return Reply(200, payloads.installation(found, call.base_url))


@for_app("apps/create-installation-access-token")
def create_token(call: Call) -> Reply:
    """Mint a token, narrowed as asked; refuse what the installation was not granted."""
    installation = _installation(call)
    if installation.suspended_at:
        raise Refused(403, "This installation has been suspended")
    permissions = call.body.get("permissions") or installation.permissions
    for name, level in permissions.items():
        if LEVELS[installation.permissions.get(name, "none")] < LEVELS[level] and name != "metadata":
            raise Refused(422, "The permissions requested are not granted to this installation.")
    repositories = _chosen_repositories(call, installation)
    token = call.state.mint(installation, {"metadata": "read"} | permissions, repositories)
    answer: payloads.Json = {
        "token": token.value,
        "expires_at": timestamp(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected",
    }
    if repositories is not None:
        found = [call.state.repository_by_id(repository_id) for repository_id in sorted(repositories)]
        answer["repositories"] = [payloads.repository(repository, call.base_url) for repository in found]
    return Reply(201, answer)


def _chosen_repositories(call: Call, installation: Installation) -> set[int] | None:
    chosen = set(call.body.get("repository_ids", ()))
    for name in call.body.get("repositories", ()):
        found = call.state.repositories.get(f"{installation.account.login}/{name}".lower())
        chosen.add(found.id if found else 0)
    if not chosen:
        return None
    if not chosen <= installation.repository_ids:
        raise Refused(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return chosen


def _installation(call: Call) -> Installation:
    found = call.state.installations.get(call.parameters["installation_id"])
    if found is None or found.app is not call.acting_app:
        raise Refused(404, "Not Found")
    return found


@for_installation("apps/revoke-installation-access-token")
def revoke_token(call: Call) -> Reply:
    """Forget the token that asks."""
    del call.state.tokens[call.acting_token.value]
    return Reply(204)


@for_installation("apps/list-repos-accessible-to-installation")
def list_repositories(call: Call) -> Reply:
    """Answer with the repositories that the token reaches."""
    found = [r for r in call.state.repositories.values() if call.acting_token.reaches(r.id)]
    items, headers = page(call, found, "/installation/repositories")
    answer = {
        "total_count": len(found),
        "repository_selection": "selected",
        "repositories": [payloads.repository(item, call.base_url) for item in items],
    }
    return Reply(200, answer, headers=headers)


@for_installation("rate-limit/get")
def get_rate_limit(call: Call) -> Reply:
    """Answer with untouched limits; faults, not counters, make the stand-in refuse."""
    reset = int(call.state.now().timestamp()) + 3600
    untouched = {"limit": 5000, "used": 0, "remaining": 5000, "reset": reset}
    answer = {"resources": dict.fromkeys(("core", "search", "graphql"), untouched), "rate": untouched}
    return Reply(200, answer)


@for_app("apps/get-webhook-config-for-app")
def get_hook_config(call: Call) -> Reply:
    """Answer with the webhook's configuration; its secret is never shown."""
    registered = call.acting_app
    answer: payloads.Json = {
        "content_type": registered.webhook_content_type,
        "insecure_ssl": registered.webhook_insecure_ssl,
    }
    if registered.webhook_url:
        answer["url"] = registered.webhook_url
    if registered.webhook_secret:
        answer["secret"] = "********"
    return Reply(200, answer)


@for_app("apps/list-webhook-deliveries")
def list_deliveries(call: Call) -> Reply:
    """Answer with the delivery log, newest first, paged by cursor."""
    newest_first = sorted(call.state.deliveries.values(), key=lambda delivery: -delivery.id)
    own = [delivery for delivery in newest_first if delivery.app_id == call.acting_app.id]
    status = call.query.get("status")
    if status:
        own = [delivery for delivery in own if (delivery.status == "OK") == (status == "success")]
    cursor = call.query.get("cursor")
    rest = own if cursor is None else [delivery for delivery in own if delivery.id < int(cursor.removeprefix("v1_"))]
    size = page_size(call)
    shown = rest[:size]
    headers = {}
    if len(rest) > size:
        link = f"{call.base_url}/app/hook/deliveries?per_page={size}&cursor=v1_{shown[-1].id}"
        headers = {"Link": f'<{link}>; rel="next"'}
    return Reply(200, [delivery_payloads.item(delivery) for delivery in shown], headers=headers)


@for_app("apps/get-webhook-delivery")
def get_delivery(call: Call) -> Reply:
    """Answer with one delivery, request and response included."""
    found = call.state.deliveries.get(call.parameters["delivery_id"])
    if found is None or found.app_id != call.acting_app.id:
        raise Refused(404, "Not Found")
    return Reply(200, delivery_payloads.full(found))


@for_app("apps/redeliver-webhook-delivery")
def redeliver(call: Call) -> Reply:
    """Accept a redelivery; the stand-in sends it right after this answer."""
    found = call.state.deliveries.get(call.parameters["delivery_id"])
    if found is None or found.app_id != call.acting_app.id:
        raise Refused(404, "Not Found")
    call.state.redeliveries.append(found)
    call.state.redeliveries_under_way += 1
    return Reply(202, {})
