# Two commands are enough: `make run` and `make test`. `make help` lists the rest.

MAKEFLAGS += --no-print-directory
BIN = .venv/bin
PYTEST = CHROMIUM="$$(bin/chromium)" $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test check lint setup demo bench torture docs messages lock

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18

run:  ## everything: environment, database, web, worker, clock; PORT=8001 for another port
	@bin/setup
	@exec $(BIN)/python -m config.launch

test: setup  ## the tests; ARGS="tests/roles -x" for some of them
	@$(PYTEST) -n 2 $(ARGS)

check: setup lint  ## what CI runs: style, types, layers, Django's checks, migrations, translations, tests
	@$(PYTEST) -n 2

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/lint-imports
	@$(BIN)/mypy .
	@$(BIN)/python manage.py check --fail-level WARNING
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py messages --check

setup:  ## the environment only: .venv with what the lock files name
	@bin/setup dev

demo: setup  ## build the demo region anew
	@$(BIN)/python manage.py prepare
	@$(BIN)/python manage.py demo --reset

bench: setup  ## the measurements, into var/bench; FULL=1 for the largest
	@$(BIN)/python -m tests.bench

torture: setup  ## the heavy proofs: kills, races, long random walks
	@$(PYTEST) --torture -m "torture or scaled" $(ARGS)

docs: setup  ## write docs/lifecycles from the code
	@$(BIN)/python manage.py draw_lifecycles

messages: setup  ## take new strings up into the catalogue of translations
	@$(BIN)/python manage.py messages

lock:  ## write the lock files from pyproject.toml; ARGS=--upgrade for newer versions
	@bin/lock $(ARGS)
