# Everything is run from here. `make demo` and `make test` need python3 (3.11 or later) and pip.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Once the tools of developers are installed, they serve `make demo` as well.
INSTALLED := $(if $(wildcard $(VENV)/.installed-dev),$(VENV)/.installed-dev,$(VENV)/.installed)
ZEBRA := tests/labels/zebra
SYSTEM_POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/initdb)

.PHONY: help
help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(INSTALLED) ## see Tamga do its job with real goods; Ctrl-C ends it
	@exec $(BIN)/tamga demo

.PHONY: serve
serve: $(INSTALLED) ## run the service, on DATABASE_URL or the embedded PostgreSQL
	@exec $(BIN)/tamga serve

.PHONY: test
test: lint $(ZEBRA)/node_modules/.installed ## check and prove everything, on every PostgreSQL this machine has
ifneq ($(SYSTEM_POSTGRES),)
	@echo "Beside the tests, those of the database run on this machine's own PostgreSQL too."
	@told=$$(mktemp); beside=; \
	trap 'rm -f "$$told"; test -z "$$beside" || kill "$$beside" 2> /dev/null || true' EXIT; \
	$(BIN)/pytest --postgres=system -m database tests/house tests/store > "$$told" 2>&1 & beside=$$!; \
	failed=0; $(BIN)/pytest || failed=1; \
	wait $$beside || failed=1; cat "$$told"; exit $$failed
else
	$(BIN)/pytest
	@echo "SKIPPED: the database tests on a system's PostgreSQL; this machine has none installed."
endif

.PHONY: check
check: lint ## what to run before every commit: linters, types, floors, rules
	$(BIN)/pytest -q -m "not database" tests/house tests/rules

.PHONY: lint
lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

.PHONY: fix
fix: $(VENV)/.installed-dev ## let the linters mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: coverage
coverage: $(VENV)/.installed-dev ## which lines and branches no test reaches
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

.PHONY: adversity
adversity: $(INSTALLED) ## kill the server and the database in the middle of work, twenty times
	@$(BIN)/python -m tests.storm

.PHONY: bench
bench: $(INSTALLED) ## measure, print a table, write bench/results.json
	@$(BIN)/python -m bench

.PHONY: lock
lock: $(VENV)/.uv ## resolve the dependencies anew; none younger than a week
	$(LOCK) --group install --output-file requirements-uv.lock
	$(LOCK) pyproject.toml --output-file requirements.lock
	$(LOCK) pyproject.toml --group dev --output-file requirements-dev.lock

LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--exclude-newer "7 days" --generate-hashes --no-header --no-annotate

.PHONY: clean
clean: ## remove what was made, but for the data in .tamga
	rm -rf $(VENV) $(ZEBRA)/node_modules build dist *.egg-info .coverage .coverage.*
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: each step leaves a stamp and is done again only when its lock changes.

$(VENV)/.uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tamga needs Python 3.11 or later; name one: make PYTHON=...")'
	@echo "Making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-uv.lock
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.uv
	@$(call install,requirements.lock)
	@touch $@

# What renders ZPL in the tests. Without npm they say that they are skipped.
$(ZEBRA)/node_modules/.installed: $(ZEBRA)/package-lock.json
	@mkdir -p $(@D)
	@if command -v npm > /dev/null; then npm ci --prefix $(ZEBRA) --no-audit --no-fund --silent; \
	else echo "SKIPPED: the tests that render ZPL; this machine has no npm."; fi
	@mkdir -p $(@D) && touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml $(VENV)/.uv
	@$(call install,requirements-dev.lock)
	@touch $@

# uv is ten times faster; pip knows this machine's own mirrors and certificates.
install = echo "Installing $(1)"; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $(1) \
	|| $(BIN)/python -m pip install --quiet --require-hashes --requirement $(1); \
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
