# One environment for everything. `make score` and `make test` set it up themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# A plain path instead of an import hook: every trial starts two interpreters.
EDITABLE := --config-settings editable_mode=compat

.PHONY: score test lint format bench clean

# The k-NN, SVM and ResNet9 baselines on the embedded track, five instances each, under its limits.
# The SVM searches 8 candidates instead of 30, and ResNet9 has an eighth of its width and 40 epochs
# instead of 700: about five minutes of computing on two cores, for all together.
score: $(VENV)/.ready
	$(BIN)/subkit score baselines/knn --track digits-100
	$(BIN)/subkit score baselines/svm --track digits-100 --param candidates=8
	$(BIN)/subkit score baselines/resnet9 --track digits-100 \
		--param channels='[8, 16, 32, 64, 128]' --param epochs=40 --param learning_rate=0.003

test: $(VENV)/.ready
	$(BIN)/python -m pytest

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/overhead.py

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.ready: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt $(EDITABLE) \
		--editable '.[baselines,test]'
	touch $@
