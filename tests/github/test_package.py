from pathlib import Path

import github


def test_the_name_github_is_this_package_and_not_pygithub():
    assert Path(github.__file__).parent == Path(__file__).parents[2] / "github"
