# Everything that developers and CI run. `make` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/shapes

# Tests run on all cores, each with one thread; a process that has none left takes over half of what another still has.
JOBS ?= $(shell env -u OMP_NUM_THREADS nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal
UNITS := $(addprefix tests/,common parts registry config boxes prediction)

# An editable install keeps stale entry points when a pyproject changes, so that the stamp depends on each.
STAMP := $(VENV)/.stamp
PROJECTS := pyproject.toml $(wildcard plugins/*/pyproject.toml) requirements.txt requirements-dev.txt constraints.txt

.PHONY: help venv demo test test-unit test-install test-all test-light lint format bench docs site release clean

help:
	@echo "make demo       train a small detector on drawn shapes, score it, show what it found (3 minutes)"
	@echo "make test-unit  in a minute: the light rooms, boxes and prediction, where no program is started"
	@echo "make test       every test that is not marked slow, in minutes"
	@echo "make test-install  plugins built, installed and tried in a fresh environment"
	@echo "make test-all   every test"
	@echo "make test-light the core without MXNet on each Python from 3.11 to 3.13 that is here"
	@echo "make lint       ruff, mypy, import rules"
	@echo "make format     let ruff format the code"
	@echo "make bench      the benchmarks"
	@echo "make docs       write docs/settings.md and the table of docs/detectors.md anew from the models"
	@echo "make site       the documents as a site in build/site/html, every link checked (a minute)"
	@echo "make release    wheels and sdists of all packages in dist/, checked, installed and tried"
	@echo "make clean      remove the environment and the runs of the demo"

venv: $(STAMP)

$(STAMP): $(PROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else \
	  "MXNet runs on Python 3.11 and 3.12, and $(PYTHON) is %d.%d: say make PYTHON=python3.11" % sys.version_info[:2])'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

demo: venv
	@rm -rf $(DEMO)
	$(BIN)/zoo train tinyssd_shapes --out $(DEMO) --set training.score_every=1

test: venv
	$(PYTEST) -m "not slow"

test-unit: venv
	$(PYTEST) --unit $(UNITS)

test-install: venv
	$(PYTEST) -m install

test-all: venv test-light
	$(PYTEST) --hypothesis-profile=thorough

test-light:
	tests/light/run

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: venv
	$(BIN)/python docs/generate_settings.py
	$(BIN)/python docs/generate_detectors.py

site: $(VENV)/.stamp-site
	$(BIN)/python -m docs.site

$(VENV)/.stamp-site: $(STAMP) requirements-site.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-site.txt
	@touch $@

release: $(VENV)/.stamp-release
	$(BIN)/python -m release

$(VENV)/.stamp-release: $(STAMP) requirements-release.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-release.txt
	@touch $@

bench: venv
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(DEMO) build dist
