"""The parts that reviews work with, for tests that need only a few of them."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.branch_requirements import BranchRequirements
from app.changesets import TreeCache
from app.facts_cache import FileCache
from app.identity import Identity
from app.metrics import Metrics
from app.settings import Settings
from app.store import Store
from app.tools import Tools
from app.workers import AnalysisPool
from app.writer import Writer
from github.installations import App


def tools(store: Store, app: App, settings: Settings = Settings()) -> Tools:
    """Return the parts around a store and an App; analysis processes start only when something is analysed."""
    return Tools(
        app=app,
        store=store,
        identity=Identity(app, settings.github_api_url),
        pool=AnalysisPool(1),
        writer=Writer(store),
        cache=FileCache(Path(tempfile.mkdtemp()) / "facts.db"),
        trees=TreeCache(),
        requirements=BranchRequirements(),
        settings=settings,
        metrics=Metrics(),
        threads=ThreadPoolExecutor(1),
        reached=lambda _step: None,
    )
