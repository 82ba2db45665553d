# make demo   sets everything up and runs the sample client area with its help site and mailbox
# make test   sets everything up and passes the tests
# make test-fast   those that need neither a browser nor PostgreSQL, without the long ones: the default preset, not the
#                  three others; no made-up input (tests/properties), no races, sieges, kills nor thousands of rows
PRESET ?= client-area
PLATFORM ?=
PORT ?=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORDS := flask_acct/translations
# The languages that are whole; their variants, es_AR, say only what differs.
COMPLETE = $(shell ls $(WORDS) | grep -xE "[a-z]{2,3}")
# One more than there are processors: a test that drives a browser waits for it half of its time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# The tests start some hundred processes; none need compile what another one compiled.
COMPILED := PYTHONDONTWRITEBYTECODE=
WITH_UV := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: demo test test-fast mutants check counts verify verified verify-all site sites words developers dist wheel smoke-pythons test-pythons second-generator clean browser

demo: $(READY)
	$(BIN)/python -m sample_app --preset $(PRESET) $(if $(PLATFORM),--platform $(PLATFORM)) $(if $(PORT),--port $(PORT))

test: $(READY) browser
	$(COMPILED) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

test-fast: $(READY)
	$(COMPILED) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not browser and not postgres and not long"
	@echo "Left out: what drives a browser, what asks PostgreSQL, and what is marked long (the three other presets,"
	@echo "made-up input, races, sieges, kills, thousands of rows). make test runs all."

# Changes the rules of who gets in one by one and says which change no test noticed; hours for all of them, so name some:
# make mutants MUTANTS='flask_acct.security.tokens.*'. Then: .venv/bin/mutmut results, .venv/bin/mutmut show NAME
MUTANTS ?=
mutants: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mutmut run --max-children 2 $(if $(MUTANTS),'$(MUTANTS)')

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Whether statements, calls, memory and bytes of a request have grown; a minute. After a change that is worth it:
# .venv/bin/python -m tests.benchmarks.counts --write
counts: $(READY)
	$(BIN)/python -m tests.benchmarks.counts --check

PRESETS := client-area email-marketing sending-platform customer-panel

# The default preset's journeys, and the pictures and manifest that are committed in kb/verified.
verify: $(READY) browser
	$(BIN)/flask --app sample_app acct kb verify --config client-area

# Those of all four presets, and how many bytes they take; only what changed is done anew.
verified: $(READY) browser
	for preset in $(PRESETS); do \
	  $(BIN)/flask --app sample_app acct kb verify --config $$preset --report report/$$preset || exit 1; \
	done
	du -sb kb/verified/* kb/verified

# Every preset, platform and language, wide and on a phone; writes nothing into the repository.
verify-all: $(READY) browser
	for preset in $(PRESETS); do \
	  $(BIN)/flask --app sample_app acct kb verify --config $$preset --records report/$$preset --report report/$$preset \
	  || exit 1; \
	done

# The help site as it is published: refused if the committed manifest is not of today's screens and articles.
site: $(READY)
	$(BIN)/mkdocs build --strict

# The help sites of the three other presets, as strictly.
sites: $(READY)
	for preset in $(filter-out client-area,$(PRESETS)); do \
	  ACCT_CONFIG=$$preset $(BIN)/mkdocs build --strict --site-dir site-$$preset || exit 1; \
	done

# Writes the copies of apps and docstrings in kb/developers anew.
developers: $(READY)
	$(BIN)/python -m tests.developers

# After a sentence was added or changed in a screens.py; then translate what is empty. es_AR and pt_BR hold only what
# differs from es and pt.
words: $(READY)
	$(BIN)/pybabel -q extract -F pyproject.toml --no-location -o $(WORDS)/flask_acct.pot .
	for locale in $(COMPLETE); do \
	  $(BIN)/pybabel -q update -N --ignore-obsolete -l $$locale -D flask_acct -i $(WORDS)/flask_acct.pot -d $(WORDS); \
	done

# What is published, and a bill of materials (CycloneDX) of what an installation brings. The wheel is built from the sdist.
dist: $(READY)
	$(BIN)/python -m build --outdir dist
	$(WITH_UV) $(BIN)/python tests/smoke/bill_of_materials.py dist

# Installs the wheel where nothing else is and uses it.
wheel: dist
	$(WITH_UV) $(BIN)/python tests/smoke/from_wheel.py dist

# The same with each Python from 3.11 on that is found here, with the newest and the lowest dependencies, and from the sdist.
# ONLY='3.12 lowest' leaves out the rest. Some minutes each; test-pythons runs the tests of test-fast there, a quarter of
# an hour each.
ONLY ?=
smoke-pythons test-pythons: dist
	$(WITH_UV) $(BIN)/python tests/smoke/pythons.py dist --workers $(WORKERS) $(addprefix --only ,$(ONLY)) \
	  $(if $(filter test-pythons,$@),--fast-tests)

# The plain articles, pictures and all, as a site generator that shares no code with MkDocs builds them.
second-generator: $(READY)
	$(BIN)/python tests/smoke/second_generator.py

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[kb,verify,postgres]' --group dev
	touch $@

# A browser on PATH is used as it is, the one without windows first; else Debian's as root, else Playwright's own.
browser: $(READY)
	@command -v chromium-headless-shell >/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	     && apt-get update -qq && apt-get install -y -qq chromium-headless-shell; } \
	|| command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| $(BIN)/python -m playwright install --with-deps --only-shell chromium

clean:
	rm -rf $(VENV) instance site site-* dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants
