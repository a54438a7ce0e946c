# `make` alone lists the targets. Everything lands in .venv, static/vendor and var; nothing else is touched.

PYTHON ?= python3
PORT ?= 8000
export PORT

.DEFAULT_GOAL := help
.PHONY: help setup develop run test check format lock bench fuzz month kills clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: ## Put everything that runs mailhub into .venv and static/vendor
	@$(PYTHON) -m scripts.setup

develop: ## As setup, with what tests and checks need
	@$(PYTHON) -m scripts.setup --dev

run: setup ## Start mailhub and a small mail world on this machine (PORT=8000)
	@exec .venv/bin/python -m mailhub.demo

test: develop ## Run the whole suite on SQLite and on PostgreSQL, with real servers (TESTS="tests/servers -k imap")
	@scripts/install_test_servers
	@scripts/test $(TESTS)

check: develop ## Run every static check
	@scripts/check

format: develop ## Format the source and fix what can be fixed
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .

lock: develop ## Compile the requirements anew
	@scripts/lock

bench: develop ## Run the benchmarks
	@.venv/bin/python -m benchmarks

fuzz: develop ## Run 10,000 mutated messages through the whole pipeline
	@.venv/bin/python -m tests.reliability.fuzz 10000

month: develop ## Let 5,000 contacts go through sequences for 30 simulated days, and judge by what the SMTP server took
	@.venv/bin/python -m benchmarks.sequences_month

kills: develop ## Kill workers of sequences 50 times, wherever they are
	@SEQUENCE_KILLS=50 .venv/bin/python -m tests.realservers.with_postgres \
		.venv/bin/python -m pytest -q -s -n 0 -o timeout=3600 tests/reliability/test_killed_sequences_often.py

clean: ## Remove all that was installed and generated, also the demonstration's data
	rm -rf .venv static/vendor staticfiles var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
