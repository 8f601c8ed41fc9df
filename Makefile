# `make demo` needs GNU make and Python 3.11 or newer, nothing else. Variables given here reach the program:
# `make demo PORT=8123 DATABASE_URL=sqlite://x.db`; settings.py lists them all.

.DEFAULT_GOAL := help
.PHONY: help demo serve test check conformance bench lock migrations clean
.DELETE_ON_ERROR:

BIN := .venv/bin
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON := python3.11 python3.12 python3.13 python3
CONFORMANCE := tests/conformance
# one process per processor; the tests of a file run in one process, since they share fixtures
PARALLEL := --numprocesses auto --dist loadfile
# the lock file names every package, so pip resolves no dependencies
PIP := -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes
INSTALL = if command -v uv >/dev/null; then uv pip install --quiet --compile-bytecode --python $(2) --no-deps --require-hashes -r $(1); \
	else $(2) $(PIP) -r $(1); fi

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: .venv/.runtime ## load the demonstration campaigns and serve them on http://127.0.0.1:8000
	@exec $(BIN)/python cli.py demo

serve: .venv/.runtime ## serve the database that DATABASE_URL names
	@exec $(BIN)/python cli.py serve

test: .venv/.dev .venv/.clients ## run the tests, on SQLite or on DATABASE_URL
	$(BIN)/python -m pytest $(PARALLEL)

check: .venv/.dev .venv/.clients ## run the checks of CI, all of them even if one fails; LONG=1 runs more random examples
	@$(BIN)/python .ci/check.py $(PARALLEL) --cov --cov-report=term

conformance: .venv/.runtime $(CONFORMANCE)/node_modules/.installed ## run clients, audits and linters of other projects against the server; needs Node
	@node $(CONFORMANCE)/run.mjs $(ONLY)

bench: .venv/.runtime ## measure the real server with 20,000 and with 1,000,000 comments
	@$(BIN)/python -m benchmarks

lock: $(BIN)/pip ## write the lock files from pyproject.toml; UPGRADE=1 takes newer versions
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv
	PATH="$$PATH:$(CURDIR)/$(BIN)"; for lock in "requirements.txt pyproject.toml" "requirements-dev.txt pyproject.toml --group dev --constraint requirements.txt" \
		"requirements-clients.txt --group clients"; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) --output-file $$lock || exit; \
	done

migrations: .venv/.runtime ## write a migration for changed models: make migrations NAME=what_changes
	@test -n "$(NAME)" || { echo "Usage: make migrations NAME=what_changes" >&2; exit 2; }
	$(BIN)/python cli.py migrations --write $(NAME)

clean: ## remove the virtual environment, caches and benchmark data
	rm -rf .venv .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache htmlcov benchmarks/.data
	rm -rf $(CONFORMANCE)/node_modules $(CONFORMANCE)/clients/generated
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.runtime: requirements.txt | $(BIN)/pip
	@echo "Installing the packages that Groundswell needs into .venv (once; under a minute) ..."
	@$(call INSTALL,$<,$(BIN)/python)
	@touch $@

.venv/.dev: requirements-dev.txt | $(BIN)/pip
	@echo "Installing the packages for development into .venv (once; about a minute) ..."
	@$(call INSTALL,$<,$(BIN)/python)
	@touch .venv/.runtime $@

.venv/.clients: requirements-clients.txt | $(BIN)/pip
	@echo "Installing the client generators that the tests use into .venv/clients (once; a few seconds) ..."
	@$(BIN)/python -m venv --clear .venv/clients
	@$(call INSTALL,$<,.venv/clients/bin/python)
	@touch $@

$(CONFORMANCE)/node_modules/.installed: $(CONFORMANCE)/package-lock.json
	@command -v npm >/dev/null || { echo "make conformance needs Node 20.19 or newer, with npm." >&2; exit 1; }
	@echo "Installing the clients into $(@D) (once; half a minute) ..."
	@cd $(CONFORMANCE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(BIN)/pip:
	@for python in $(PYTHON); do \
		if $$python -c '$(SUITABLE)' >/dev/null 2>&1; then exec $$python -m venv .venv; fi; \
	done; \
	echo "Groundswell needs Python 3.11 or newer with its venv module (tried: $(PYTHON))." >&2; \
	echo "Install it (on Debian: python3 and python3-venv), or name one: make demo PYTHON=/path/to/python3" >&2; exit 1
