# Every target sets up what it needs; a second call installs nothing.
.DEFAULT_GOAL := help
.PHONY: help setup train test lint format typecheck imports ui report bench clean

export OMP_WAIT_POLICY := passive
PYTHON ?= python3
BIN := .venv/bin

help:  ## explain the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/installed  ## create .venv with pinned versions (done by every other target)

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[elpv,dev]"
	touch $@

train: setup  ## train with every default: real images, calibrated evidence, recorded in MLflow
	$(BIN)/python train.py $(ARGS)

test: setup  ## run the tests; no network or GPU needed
	$(BIN)/python -m pytest -q $(ARGS)

lint: setup  ## ruff: lint and format check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup  ## ruff: format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

typecheck: setup  ## mypy
	$(BIN)/mypy

imports: setup  ## import contracts: rooms import downwards only
	$(BIN)/lint-imports

ui: setup  ## the MLflow UI; open http://127.0.0.1:5000/\#/experiments/1?workflowType=machine_learning
	MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(BIN)/mlflow ui --workers 1 \
		--backend-store-uri sqlite:///mlruns/mlflow.db --host 127.0.0.1 --port 5000

report: setup  ## path of the newest report
	@ls -t mlruns/work/*/report.html | head -n 1

bench: setup  ## the measured claims: ratios, each against its rival in the same run
	@for bench in experiments/benchmarks/[a-z]*.py; do echo; echo "$$bench"; $(BIN)/python $$bench || exit 1; done

clean:  ## remove what tools leave behind; runs, caches and .venv stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
