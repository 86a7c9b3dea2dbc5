# Everything a developer types. Nothing is installed outside of .venv and .cache.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo check format test system pictures hostile sbom licences audit lock clean

help:
	@echo "make demo     talk to Claude in this terminal (without a key: to an offline stand-in)"
	@echo "make test     all tests that need nothing but Python"
	@echo "make check    lint, format, types, imports"
	@echo "make format   put the code into its format"
	@echo "make system   check docker-compose.yml and /metrics with Docker's and Prometheus' tools (needs apt-get)"
	@echo "make pictures take the pictures of the README anew (needs apt-get)"
	@echo "make chaos    crash it 1,500 times in virtual time (four minutes), then kill, freeze and cut real processes (eight)"
	@echo "make hostile  10,000 hostile answers and as many hostile messages, and how many did harm (one minute)"
	@echo "make bench    how far the screen lags behind the model and what a turn costs, in figures (15 minutes)"
	@echo "make sbom     write the CycloneDX bill of what is shipped into dist/"
	@echo "make audit    ask for advisories on what is shipped, and say when they cannot be reached"
	@echo "make licences write docs/licences.md anew"
	@echo "make lock     write the lock files anew from pyproject.toml"
	@echo "make clean    take away what was built: .venv, .cache and the like"

# One virtual environment for everything, from the lock file, each package checked against its hash.
.venv: .venv/ready

.venv/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Parley needs Python 3.11 or newer, and $(PYTHON) is older: try make PYTHON=python3.13."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "This Python has no venv module: install it first (Debian, Ubuntu: apt install python3-venv)."; exit 1; }
	@echo "Making .venv; this takes a minute, once."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/ready
	@$(BIN)/parley chat

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Half of them run what waits, the others what works (tests/schedule.py): four keep two cores busy. Without bytecode each
# would rewrite all tests anew, every time.
test: .venv/ready
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 -q -m "not system"

# The tools are taken out of Debian's packages and put beside the code; the machine itself stays as it is.
system: .venv/ready
	@if command -v apt-get >/dev/null; then \
		.ci/fetch docker-compose usr/libexec/docker/cli-plugins/docker-compose .cache/compose; \
		.ci/fetch promtool usr/bin/promtool .cache/promtool; fi
	@$(BIN)/python -m pytest -q -m system

pictures: .venv/ready
	@dpkg -s chromium fonts-noto-color-emoji >/dev/null 2>&1 || \
		{ apt-get update -qq && apt-get install -y -qq chromium fonts-noto-color-emoji; }
	@$(BIN)/python -m tests.end_to_end.pictures

chaos: .venv/ready
	@$(BIN)/python -m tests.simulator
	@$(BIN)/python -m tests.chaos --full

hostile: .venv/ready
	@$(BIN)/python -m tests.privacy.hostile 10000

bench: .venv/ready
	@$(BIN)/python -m tests.benchmarks

sbom licences audit: .venv/ready
	@$(BIN)/python -m tests.supply $@

lock: .venv/ready
	@$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--extra dev pyproject.toml --output-file requirements-dev.lock

clean:
	rm -rf .venv .cache build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis
