"""The analysis is measured on labelled commits, and every difference is named."""

import subprocess
from collections.abc import Callable

import pytest

from bench.accuracy.__main__ import main

CLASS = "tls-verification-off"


@pytest.fixture
def measure(corpus, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*options: str) -> str:
        assert main([str(corpus.folder), *options]) == 0
        return capsys.readouterr().out

    return run


def test_weakness_is_found_before_its_fix_and_not_after(corpus, measure) -> None:
    corpus.pair()

    printed = measure()

    assert "tls-verification-off  1 of 1  none labelled  none labelled  1 of 1" in printed
    assert "forecast: tls-verification-disabled (high, high confidence) server.py:9: " in printed
    assert "Missed (0)" in printed
    assert "False positives in fixed twins (0)" in printed


def test_weakness_that_is_not_found_is_a_miss_by_name(corpus, measure) -> None:
    corpus.pair(vulnerable_commit=corpus.grown, fix_commit=corpus.grown)

    printed = measure()

    assert "tls-verification-off  0 of 1  none labelled  none labelled  0 of 1" in printed
    assert "Missed (1)\n  forecast [tls-verification-off, local] accepts any certificate\n" in printed


def test_finding_left_after_the_fix_is_a_false_positive(corpus, measure) -> None:
    corpus.pair(fix_commit=corpus.weak)

    printed = measure()

    assert "False positives in fixed twins (1)\n  forecast [tls-verification-off] tls-verification-disabled" in printed


def test_clean_files_and_traps_are_silent_or_named(corpus, measure) -> None:
    corpus.label("clean.jsonl", commit=corpus.weak, paths=["server.py"], classes=[CLASS, "prompt-injection"])
    corpus.label("clean.jsonl", commit=corpus.fixed, paths=["server.py"], classes=[CLASS])
    trap = {"path": "safe.py", "start": 1, "end": 3, "class": CLASS, "vulnerable": False}
    corpus.label("vulnerable.jsonl", commit=corpus.weak, **trap)

    printed = measure()

    assert "clean places with a false positive                      1 of 3" in printed
    assert "False positives in clean places (1)\n  acme/weather:server.py [tls-verification-off] " in printed


def test_vulnerable_place_is_found(corpus, measure) -> None:
    spot = {"path": "server.py", "start": 8, "end": 9, "class": CLASS, "vulnerable": True}
    corpus.label("vulnerable.jsonl", commit=corpus.weak, **spot)

    assert "vulnerable places found                                 1 of 1" in measure()


def test_pull_requests_are_replayed(corpus, measure) -> None:
    brought = [{"path": "server.py", "line": 9, "class": CLASS}]
    change = {"id": "new", "base": corpus.empty, "head": corpus.weak, "kind": "introduces", "expected": brought}
    corpus.label("prs.jsonl", **change)
    corpus.label("prs.jsonl", **change | {"id": "said-ordinary", "kind": "ordinary", "expected": "none"})
    corpus.label("prs.jsonl", **change | {"id": "fix", "base": corpus.weak, "head": corpus.fixed, "expected": "none"})

    printed = measure()

    assert "weaknesses found in the pull request that brought them  1 of 1" in printed
    assert "ordinary pull requests blocked                          1 of 2" in printed
    assert "Ordinary pull requests blocked (1)\n  said-ordinary" in printed


def test_merged_features_are_sampled_by_a_seed(corpus, measure) -> None:
    corpus.pair()
    corpus.label("big.jsonl", commit=corpus.grown)

    assert "ordinary pull requests blocked                          1 of 2" in measure()
    assert f"merged:acme/weather@{corpus.weak[:9]} feat: add forecasts (#1)" in measure()
    assert measure("--sample", "1", "--seed", "7") == measure("--sample", "1", "--seed", "7")
    assert "ordinary pull requests blocked                          none labelled" in measure("--sample", "0")


def test_some_labels_are_measured_alone(corpus, measure) -> None:
    corpus.pair()
    corpus.label("big.jsonl", commit=corpus.grown)
    corpus.label("prs.jsonl", id="fix", base=corpus.weak, head=corpus.fixed, kind="ordinary", expected="none")

    pulls = measure("--kind", "pull-requests")

    assert "ordinary pull requests blocked                          1 of 3" in pulls
    assert "tls-verification-off" not in pulls.split("Missed")[0]
    assert "tls-verification-off  1 of 1" in measure("--kind", "pairs", "--repository", "acme/weather")
    assert "pull requests blocked                          none labelled" in measure("--without", "acme/weather")


def test_labels_that_cannot_be_measured_are_counted(corpus, measure) -> None:
    corpus.pair()
    corpus.pair(id="other", repo="acme/elsewhere")
    corpus.pair(id="native", locations=[{"path": "server.go", "lines": [[1, 2]]}])
    corpus.pair(id="unknown", **{"class": "prompt-injection"})

    printed = measure()

    assert "Skipped (2)\n  1 labels: go has no reader\n  1 labels: not in the corpus\n" in printed
    assert "No rule yet for their class (1)\n  unknown [prompt-injection]: no rule planned\n" in printed
    assert "tls-verification-off  1 of 1" in printed


def test_bare_clones_are_read(corpus, measure) -> None:
    corpus.pair()
    bare = corpus.folder / "bare"
    subprocess.run(["git", "clone", "-q", "--bare", str(corpus.clone), str(bare)], check=True, capture_output=True)
    corpus.clone.rename(corpus.folder / "moved")
    corpus.clone.mkdir()
    bare.rename(corpus.clone / "repo")

    assert "tls-verification-off  1 of 1" in measure()


def test_tables_are_printed_as_markdown(corpus, measure) -> None:
    corpus.pair()

    printed = measure("--markdown", "--only", "forecast")

    assert printed.startswith("| class | local | cross-file | semantic | all |\n| --- | --- | --- | --- | --- |\n")
    assert "| **all** | 1 of 1 | none labelled | none labelled | 1 of 1 |" in printed
    assert "Missed" not in printed


def test_folder_without_labels_is_refused(corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(corpus.folder)]) == 2
    assert capsys.readouterr().err == f"{corpus.folder} holds no labels\n"


def test_label_that_is_not_understood_is_told(corpus, capsys: pytest.CaptureFixture[str]) -> None:
    (corpus.folder / "pairs.jsonl").write_text('{"id": "half"}\n')

    assert main([str(corpus.folder)]) == 2
    assert "missing required field" in capsys.readouterr().err
