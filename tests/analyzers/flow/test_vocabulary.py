"""What the names of methods suggest that they do."""

import pytest

from analyzers.frameworks.sinks import vocabulary


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("get_or_create", "write"),
        ("aget_or_create", "write"),
        ("getOrCreate", "write"),
        ("find_or_create_by", "write"),
        ("get_order", "read-private"),
        ("list_or_none", "read-private"),
        ("associate_route_table", "write"),
        ("disassociate_address", "write"),
        ("transfer_between_accounts", "write"),
        ("get_transfer_history", "read-private"),
        ("confirm_order", "write"),
        ("list_associations", "read-private"),
    ],
)
def test_what_makes_what_it_does_not_find_writes(name: str, kind: str) -> None:
    """The second verb counts where it makes something."""
    assert vocabulary(name) == kind
