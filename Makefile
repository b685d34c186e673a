# Every target sets up what it needs; a second call installs nothing.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev train test test-fast test-times test-python lint format typecheck imports reference docs ui report bench clean
.NOTPARALLEL:

export OMP_WAIT_POLICY := passive
PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
# A file's tests run in one process, the files with slow ones first; eight processes hold some 10 GB. One more than there
# are cores, because some tests wait for programs that they have started.
WORKERS = $(shell $(PYTHON) -c "import os; print(min(8, (os.cpu_count() or 1) + 1))")
PYTEST = $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

help:  ## explain the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/runtime  ## create .venv with what a training needs, in pinned versions
setup-dev: .venv/dev  ## the same and what developing needs; every other target calls the one that it needs

.venv/runtime: pyproject.toml constraints.txt
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(INSTALL) ".[elpv]"
	touch $@

.venv/dev: pyproject.toml constraints.txt
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(INSTALL) ".[elpv,dev]"
	touch .venv/runtime $@

.venv/docs: pyproject.toml constraints.txt
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(INSTALL) ".[elpv,docs]"
	touch .venv/runtime $@

train: setup  ## train with every default: real images, calibrated evidence, recorded in MLflow
	$(BIN)/python train.py $(ARGS)

test: setup-dev  ## run the tests on all cores; no network or GPU needed
	$(PYTEST) $(ARGS)

test-fast: setup-dev  ## the tests under five seconds, for every edit
	$(PYTEST) -m "not slow" $(ARGS)

test-times: setup-dev  ## the tests, and what each file of them costs in seconds of a core: make test-times ARGS=tests/serving
	PYTHONPATH=tests $(PYTEST) -p cpu_seconds --durations=25 $(ARGS)

test-python:  ## the tests with another Python, in a venv of its own: make test-python PYTHON=python3.14
	.ci/python $(PYTHON) $(ARGS)

lint: setup-dev  ## ruff: lint and format check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup-dev  ## ruff: format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

typecheck: setup-dev  ## mypy
	$(BIN)/mypy

imports: setup-dev  ## import contracts: rooms import downwards only
	$(BIN)/lint-imports

reference: setup-dev  ## docs/reference/commands.md and docs/openapi.json, from the declarations of commands and addresses
	$(BIN)/python -m assay.commands.reference
	$(BIN)/python -m assay.serving.api.reference

docs: .venv/docs  ## the manual as pages, docs/_build/html/index.html; warnings are errors, links are checked
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	$(BIN)/python -m sphinx -q -W --keep-going -b linkcheck docs docs/_build/links

ui: setup  ## the MLflow UI on the runs that are recorded here; it says its address
	$(BIN)/assay ui $(ARGS)

report: setup  ## path of the newest report
	@$(BIN)/assay report $(ARGS)

bench: setup-dev  ## the measured claims: ratios, each against its rival in the same run
	@for bench in experiments/benchmarks/[a-z]*.py; do echo; echo "$$bench"; $(BIN)/python $$bench || exit 1; done

clean:  ## remove what tools leave behind; runs, caches, .venv and .venvs stay
	rm -rf build dist docs/_build docs/reference/made .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
