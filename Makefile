# make run, make test, make lint, make bench, make soak, make accuracy. Each prepares what it needs and does so once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VENV := .venv
PYTHON := $(VENV)/bin/python
HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST_ARGS ?=
# Many tests wait for a server more than they compute.
TEST_PROCESSES ?= $(shell echo $$(($$(nproc) * 2 + 1)))
BENCH_ARGS ?=
SCHEDULES ?= 500
SOAK_ARGS ?=
CORPUS ?=
ACCURACY_ARGS ?=
PACKAGES := app analyzers github
CHECKED := $(PACKAGES) tests bench docs scripts

# A stamp's name carries the hash of the pins behind it: changed pins install again, unchanged ones cost nothing.
pins = $(shell cat $(1) pyproject.toml | sha256sum | cut -c1-16)
RUN_STAMP := $(VENV)/.installed-run-$(call pins,requirements.txt requirements-build.txt)
DEV_STAMP := $(VENV)/.installed-dev-$(call pins,requirements-dev.txt)

.PHONY: help run test lint format bench soak accuracy picture lock install clean

help:
	@echo 'make run     serve on http://127.0.0.1:8000 (PORT=, HOST= change that)'
	@echo 'make test    run every test'
	@echo 'make lint    ruff and mypy --strict'
	@echo 'make bench   measure, peers beside it'
	@echo 'make soak    kill and fail everything at random, on both databases (SCHEDULES=500)'
	@echo 'make accuracy CORPUS=folder   hold the analysis against labelled code'
	@echo 'make install the command line only: $(VENV)/bin/skillaudit'
	@echo 'make format  put the code in shape'
	@echo 'make lock    compile the pins again (UPGRADE=1 for newer versions)'

run: install
	$(PYTHON) -m app serve --host $(HOST) --port $(PORT)

install: $(RUN_STAMP)

# The servers and analysis processes that tests start need not compile, even where a run may write no bytecode.
test: $(DEV_STAMP)
	@tests/system-packages.sh
	$(PYTHON) -m compileall -q $(PACKAGES)
	$(PYTHON) -m pytest -n $(TEST_PROCESSES) --dist worksteal $(PYTEST_ARGS)

lint: $(DEV_STAMP)
	$(PYTHON) -m ruff check $(CHECKED)
	$(PYTHON) -m ruff format --check $(CHECKED)
	$(PYTHON) -m mypy

format: $(DEV_STAMP)
	$(PYTHON) -m ruff check --fix $(CHECKED)
	$(PYTHON) -m ruff format $(CHECKED)

bench: $(DEV_STAMP)
	$(PYTHON) -m bench $(BENCH_ARGS)

# A failed seed tells how to play it again; SOAK_ARGS=--help.
soak: $(DEV_STAMP)
	@tests/system-packages.sh
	$(PYTHON) -m tests.soak --schedules $(SCHEDULES) $(SOAK_ARGS)

# Labels and clones lie in CORPUS; see `ACCURACY_ARGS=--help`.
accuracy: $(DEV_STAMP)
	@test -n '$(CORPUS)' || { echo 'Name the folder: make accuracy CORPUS=folder' >&2; exit 2; }
	$(PYTHON) -m bench.accuracy '$(CORPUS)' $(ACCURACY_ARGS)

picture: $(DEV_STAMP)
	$(PYTHON) -m docs.picture

# Python 3.11 is what the pins are compiled for.
$(PYTHON):
	@python=$$(command -v python3.11 || command -v python3) || { echo 'Python 3.11 is needed: apt-get install python3.11-venv' >&2; exit 1; }; \
	"$$python" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $$python is older" >&2; exit 1; }; \
	"$$python" -m venv $(VENV) \
	  || { echo 'The venv module is missing: apt-get install python3.11-venv' >&2; exit 1; }

$(RUN_STAMP): | $(PYTHON)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-build.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(PYTHON) -m compileall -q $(PACKAGES)
	@rm -f $(VENV)/.installed-run-*; touch $@

$(DEV_STAMP): | $(PYTHON)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.installed-dev-*; touch $@

# Settings of the machine (mirrors, local wheels) must not decide which files are trusted.
LOCK := env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null $(VENV)/bin/pip-compile --quiet \
	--generate-hashes --allow-unsafe --no-strip-extras --no-header --no-annotate --no-emit-options --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade)

# All three are installed together, so that each is compiled with the pins of those before it.
lock: $(DEV_STAMP)
	@pins=$$(mktemp); trap 'rm -f "$$pins"' EXIT; \
	pin() { sed -nE 's/^([A-Za-z0-9_.-]+)(\[[^]]*\])?(==[^ ]+).*/\1\3/p' "$$@" >"$$pins"; }; \
	$(LOCK) --only-build-deps --build-deps-for editable --output-file requirements-build.txt pyproject.toml; \
	pin requirements-build.txt; \
	$(LOCK) --constraint "$$pins" --output-file requirements.txt pyproject.toml; \
	pin requirements.txt requirements-build.txt; \
	$(LOCK) --constraint "$$pins" --extra dev --build-deps-for editable --output-file requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
