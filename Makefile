# One environment for everything. `make score` and `make test` set it up themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# A plain path instead of an import hook: every trial starts two interpreters.
EDITABLE := --config-settings editable_mode=compat

.PHONY: score test test-as-user lint format bench rules clean

# Four baselines on the embedded track, five instances each, under its limits. ResNet9 has an eighth
# of its width and 120 epochs instead of 700, so that all together take about four minutes.
score: $(VENV)/.ready
	$(BIN)/subkit score baselines/knn --track digits-100
	$(BIN)/subkit score baselines/svm --track digits-100
	$(BIN)/subkit score baselines/kernels --track digits-100
	$(BIN)/subkit score baselines/resnet9 --track digits-100 \
		--param channels='[16, 16, 32, 64, 128]' --param epochs=120 --param learning_rate=0.01

test: $(VENV)/.ready
	$(BIN)/python -m pytest

# For those who are root: what is different for an ordinary user. Says so where it cannot be run.
test-as-user: $(VENV)/.ready
	$(BIN)/python -m tests.as_user tests/evaluator/isolation tests/evaluator/test_private.py \
		tests/evaluator/test_verdicts.py -k 'not none and not torch'

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	for name in cnn knn svm resnet9 hybrid patches kernels scatter flagship; do \
		$(BIN)/mypy baselines/$$name/submission.py || exit 1; done
	$(BIN)/mypy benchmarks/baselines.py

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/kit.py
	$(BIN)/python benchmarks/layers.py
	$(BIN)/python benchmarks/latency.py
	$(BIN)/python benchmarks/soak.py

# The page of the check's rules, from their docstrings.
rules: $(VENV)/.ready
	$(BIN)/python -m submission_kit.checks.docs > docs/rules.md

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.ready: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt $(EDITABLE) \
		--editable '.[baselines,test]'
	touch $@
