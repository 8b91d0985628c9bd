# Everything below needs only python3 (3.11 or newer) with venv; the first target that runs makes .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test bench bench-selection bench-transfer bench-forgetting bench-pretraining bench-expert lint clean

demo: $(VENV)/installed  ## describe, recommend, zero-shot, probe and tune on real images, offline
	$(BIN)/python -m zoo.selector.demo

test: $(VENV)/installed-test  ## every test
	$(BIN)/python -m pytest

bench: $(VENV)/installed-test  ## speed against the peers, in the same run
	for benchmark in tests/benchmarks/bench_*.py tests/benchmarks/zero_shot.py; do $(BIN)/python $$benchmark || exit 1; done

bench-selection: $(VENV)/installed-test  ## quality of the selector, one data set left out at a time
	$(BIN)/python tests/benchmarks/selection_fields.py
	$(BIN)/python tests/benchmarks/selection.py

bench-expert: $(VENV)/installed-test  ## what a specialist would say of the answers, task by task
	$(BIN)/python tests/benchmarks/expert.py

bench-transfer: $(VENV)/installed-test  ## `auto` against always the same recipe, on real sets, and its cost
	$(BIN)/python tests/benchmarks/transfer.py

bench-forgetting: $(VENV)/installed-test  ## each guard against its textbook form, target against source accuracy
	$(BIN)/python tests/benchmarks/forgetting.py

bench-pretraining: $(VENV)/installed-test  ## masked loss and frozen probe before and after domain pre-training
	$(BIN)/python tests/benchmarks/pretraining.py

lint: $(VENV)/installed-dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(PIP) -e '.[test]'
	touch $@

$(VENV)/installed-dev: $(VENV)/installed-test
	$(PIP) -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
