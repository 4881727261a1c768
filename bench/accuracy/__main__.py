"""Measure the analysis on labelled code: `python -m bench.accuracy FOLDER`."""

import argparse
import sys
from pathlib import Path

import msgspec

from analyzers.rules import RULES
from app.local_audits import analysis_pool
from bench.accuracy.audits import Corpus
from bench.accuracy.classes import unknown_rules
from bench.accuracy.judging import Judge
from bench.accuracy.labels import read_labels
from bench.accuracy.listing import sections
from bench.accuracy.measuring import Measurement
from bench.accuracy.outcomes import Measured
from bench.accuracy.selecting import KINDS, Selection, narrowed
from bench.accuracy.tables import aligned, markdown, recall, totals

# As many merged pull requests, chosen by this seed, are replayed beside the labelled ones.
SAMPLE, SEED = 40, 2026


def main(arguments: list[str] | None = None) -> int:
    """Print what was found and what was not; return 2 where the folder holds no labels."""
    options = _options(arguments)
    try:
        labels = read_labels(options.corpus)
    except msgspec.DecodeError as error:
        print(f"a label of {options.corpus} is not understood: {error}", file=sys.stderr)
        return 2
    if not any((labels.pairs, labels.spots, labels.clean, labels.pull_requests)):
        print(f"{options.corpus} holds no labels", file=sys.stderr)
        return 2
    rules = frozenset(rule.id for rule in RULES)
    with analysis_pool() as pool:
        corpus = Corpus(options.corpus, pool)
        selection = Selection(corpus, options.only)
        chosen = selection.of(labels)
        sampled = corpus.merged(labels, options.sample, options.seed) if options.sample else ()
        chosen = msgspec.structs.replace(chosen, pull_requests=(*chosen.pull_requests, *sampled))
        chosen = narrowed(chosen, options.kind or KINDS, options.repository, options.without)
        measured = Measurement(corpus, Judge(rules), pool.processes, _tell).run(chosen)
    measured.skipped.extend(selection.skipped)
    _print(measured, options.markdown)
    if not options.markdown:
        print(f"\nRules that no class of the corpus asks for: {', '.join(unknown_rules(rules)) or 'none'}")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make accuracy CORPUS=", description=__doc__)
    parser.add_argument(
        "corpus", type=Path, help="label files, and clones as repos/OWNER+NAME or repos/OWNER+NAME/repo"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="labels whose id contains this")
    parser.add_argument(
        "--sample", type=int, default=SAMPLE, help="merged pull requests to replay besides the labelled"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="chooses them")
    parser.add_argument("--kind", action="append", choices=KINDS, help="measure these labels alone")
    for option, text in (("repository", "measure what lies in this one alone"), ("without", "leave this one out")):
        parser.add_argument(f"--{option}", action="append", default=[], metavar="OWNER/NAME", help=text)
    parser.add_argument("--markdown", action="store_true", help="tables alone, as Markdown")
    return parser.parse_args(arguments)


def _print(measured: Measured, as_markdown: bool) -> None:
    layout = markdown if as_markdown else aligned
    for rows in (recall(measured.pairs), totals(measured)):
        print("\n".join(layout(rows)), end="\n\n")
    for title, lines in () if as_markdown else sections(measured):
        print(
            "\n".join(
                [f"{title} ({sum(not line.startswith(' ') for line in lines)})", *(f"  {line}" for line in lines)]
            )
        )


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
