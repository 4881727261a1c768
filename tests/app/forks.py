"""Where processes of the App come from under test: importing it takes longer than most tests, so that is done once."""

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.app.serve", "tests.soak.process"])
