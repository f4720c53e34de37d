# Everything is installed into the clone: .venv and node_modules. Wants Python 3.11 or later and npm.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Images often set it: each of two test workers, and each synth, would compile every module again.
export PYTHONDONTWRITEBYTECODE :=
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

# Only what the locks list, and only if its hash is there; wheels alone, so that nothing is built from unlocked tools.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
# `make lock UPGRADE=--upgrade` also takes newer versions of what others depend on.
UPGRADE ?=
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make lock'

# What `make fuzz` tries, and for how many seconds each.
FUZZ ?= query pattern control settings cloudtrail event agreement template drill
SECONDS ?= 300

# Only the tests need a browser; it comes from npm, and nothing is installed on the machine.
BROWSER := tests/browser/node_modules/installed

.PHONY: help install lock browser charts pictures demo local check test test-all lint proof bench fuzz docs clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

install: .venv/installed node_modules/installed ## what the other targets need

.venv/installed: requirements.txt requirements-dev.txt pyproject.toml
	@echo 'Installing into .venv and node_modules, a minute or two the first time; nothing else is touched.'
	@echo '1 of 4  a virtual environment, seconds'
	@$(PYTHON) -m venv .venv
	@echo "2 of 4  $$(grep -c '^[a-z].*==' requirements-dev.txt) distributions from PyPI, the CDK among them: a minute"
	@$(BIN)/python -m dev.watch $(PIP_INSTALL:--quiet=) -r requirements-dev.txt
	@echo '3 of 4  the command cis-insights, seconds'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/installed: package.json package-lock.json .venv/installed
	@echo '4 of 4  the CDK CLI from npm, seconds'
	@npm ci --loglevel=error --no-audit --no-fund
	@touch $@

lock: ## requirements*.in -> requirements*.txt: every distribution, its version and its hashes
	@test -x $(BIN)/uv || $(MAKE) install
	$(LOCK) $(UPGRADE) --output-file requirements-dev.txt requirements-dev.in
	$(LOCK) --upgrade --constraints requirements-dev.txt --output-file requirements.txt requirements.in
	$(LOCK) --upgrade --constraints requirements-dev.txt --output-file requirements-fuzz.txt requirements-fuzz.in

browser: $(BROWSER) ## the Chromium that opens the preview, and tries to reach the local cloud

$(BROWSER): tests/browser/package.json tests/browser/package-lock.json .venv/installed
	cd tests/browser && npm ci --loglevel=error --no-audit --no-fund
	touch $@

charts: $(BROWSER) ## the chart library of the preview, as `make browser` gets it, into the package
	cp tests/browser/node_modules/echarts/dist/echarts.common.min.js cli/preview/assets/
	cp tests/browser/node_modules/echarts/LICENSE cli/preview/assets/echarts.LICENSE
	cp tests/browser/node_modules/echarts/NOTICE cli/preview/assets/echarts.NOTICE

demo: install ## deploy all to a local cloud, send an event to each control, show what arrives
	$(BIN)/python -m dev.demo

pictures: install $(BROWSER) ## the pictures of the README, from the made-up week of the demo's events
	$(BIN)/python -m dev.pictures

local: install ## the same local cloud with everything deployed, until Ctrl-C
	$(BIN)/python -m dev.local

check: install lint ## after each change, a minute: lint, types, the tests that need neither the CDK nor the local cloud
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not cdk and not cloud and not slow"

test: install browser lint ## before you hand it on, minutes: all but every slip and generated input
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not exhaustive"

test-all: install browser lint ## before a release, a quarter of an hour: all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: install ## ruff and mypy, seconds
	ruff check .
	ruff format --check .
	mypy

proof: install ## query, pattern, SQL and prover against each other, in numbers
	$(BIN)/python -m dev.cross_check

bench: install ## times, as ratios to a baseline of the same run
	$(BIN)/python -m dev.bench

fuzz: install ## hostile input for everything that is read, guided by what it reaches
	$(PIP_INSTALL) -r requirements-fuzz.txt
	set -e; for target in $(FUZZ); do $(BIN)/python -m tests.fuzz $$target -max_total_time=$(SECONDS); done

docs: install ## what follows from the code: parts of the README, the table of event names, the pinned names
	$(BIN)/python -m dev.docs
	$(BIN)/python -m dev.event_names
	$(BIN)/python -m tests.support.pin

clean: ## remove what was installed and built
	rm -rf .venv node_modules tests/browser/node_modules cdk.out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
