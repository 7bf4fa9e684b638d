# make serve   a demonstration on this machine, with links to click
# make test    every check and every test
# make check   the quick loop while working
# make bench   throughput and memory, beside a floor
# make lock    resolve the dependencies anew
# make clean   forget the environment and what tools left behind

SHELL := /bin/sh
PYTHON ?= $(firstword $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name"; done))
BIN := .venv/bin
# Every worker of a run, and every server that a test starts, would else compile all of the code again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test check lint bench lock clean

serve: .venv/.serves
	@PORT="$(PORT)" $(if $(LMS_DATABASE_URL),LMS_DATABASE_URL="$(LMS_DATABASE_URL)") $(BIN)/lms serve

test: .venv/.tests
	$(BIN)/python -m tests.machine
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n 2

check: .venv/.tests
	$(BIN)/python -m tests.machine hunspell
	$(MAKE) --no-print-directory lint TEMPLATES="$(BEING_CHANGED)"
	$(BIN)/python -m pytest -n 2 --dist loadfile --quick

TEMPLATES = lms/templates
BEING_CHANGED = $(shell git diff HEAD --name-only --diff-filter=d -- lms/templates; \
	git ls-files --others --exclude-standard -- lms/templates)

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
ifneq ($(strip $(TEMPLATES)),lms/templates)
	@echo "Left to make test: the form of templates that nobody is changing."
endif
ifneq ($(strip $(TEMPLATES)),)
	$(BIN)/djlint --check --quiet $(TEMPLATES)
	$(BIN)/djlint --lint --quiet $(TEMPLATES)
endif

bench: .venv/.tests
	$(BIN)/python -m tests.machine
	$(BIN)/python -m tests.bench

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Balanse needs Python 3.11 or newer. Debian: apt-get install python3 python3-venv. macOS: brew install python" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
		rm -rf .venv; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; \
		else \
			echo "This Python cannot make environments. Debian: sudo apt-get install python3-venv. macOS: brew install python" >&2; exit 1; \
		fi; }

# The project goes in without isolation: its build tools are in the lock too, so nothing unpinned is ever fetched.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.venv/.serves: requirements.lock pyproject.toml .venv/bin/python
	test .venv/.tests -nt requirements.lock || $(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $@

.venv/.tests: requirements-dev.lock pyproject.toml .venv/bin/python
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $@

COMPILE = .venv/locking/bin/pip-compile --quiet --generate-hashes --no-header --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	--build-deps-for editable --extra postgres --extra server --extra pdf --extra demo

# A pin chosen under a newer Python may refuse an older one, and Debian 12 has 3.11.2.
lock:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:3] > (3, 11, 2))' || { \
		echo "Locks are made with the oldest Python we serve, 3.11.2 as in Debian 12: make lock PYTHON=/usr/bin/python3" >&2; exit 1; }
	test -x .venv/locking/bin/pip-compile || { $(PYTHON) -m venv .venv/locking && .venv/locking/bin/pip install --quiet pip-tools; }
	$(COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	$(COMPILE) --upgrade --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
