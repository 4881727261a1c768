"""The pytest fixture of the stand-in; import it in a conftest to use it."""

from collections.abc import Iterator

import pytest

from tests.standin.server import StandIn


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Yield a stand-in and fail the test if a request violated GitHub's description."""
    with StandIn() as github:
        yield github
