# Needs Python 3.11 or newer and make; everything else is installed into .venv, once.
PYTHON ?= python3
BIN := .venv/bin
FRAMEWORKS := .venv/frameworks
PINS := pyproject.toml constraints.txt
EXAMPLE := configs/resnet50-warmup-cosine.yaml
PIP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
INSTALL := $(BIN)/python $(PIP)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo quick test test-frameworks lint bench docs gallery clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

demo: .venv/demo.stamp  ## draw the learning rate of a ResNet-50 recipe
	$(BIN)/lrviz schedule $(EXAMPLE)

# Neighbours share a worker, and what their module's fixtures made; who is done first takes over from the others.
WORKERS := --numprocesses auto --maxprocesses 4 --dist worksteal
PYTEST := $(BIN)/pytest $(WORKERS)
# Without its caches every process that a test starts, and every worker of pytest, would compile lrviz and the tests anew.
quick test test-frameworks bench: export PYTHONDONTWRITEBYTECODE =

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: lint  ## lints, types, layers and the tests that are fast, with fewer random examples
	$(PYTEST) -m "not process and not browser and not slow and not framework" --hypothesis-profile quick $(PYTEST_ARGS)

# mypy has one core only, and in a fresh checkout half a minute to go: the tests run meanwhile, and all must pass.
LINTED := .venv/lint.txt
test: .venv/test.stamp  ## lints, types, layers and all tests, but for the frameworks
	@$(MAKE) --no-print-directory lint >$(LINTED) 2>&1 & lint=$$!; \
	$(PYTEST) -m "not framework" $(PYTEST_ARGS); tests=$$?; wait $$lint; lint=$$?; cat $(LINTED); exit $$((tests | lint))

test-frameworks: $(FRAMEWORKS)/installed.stamp  ## record real frameworks and compare with them: transformers, Lightning, timm, ...
	$(FRAMEWORKS)/bin/pytest $(WORKERS) -m framework $(PYTEST_ARGS) tests/frameworks

bench: .venv/bench.stamp  ## time and memory, as ratios to `import torch`
	$(BIN)/python -m tests.bench

docs: .venv/test.stamp  ## write the output that README and docs show, and the pages that are made from the code
	$(BIN)/python -m tests.docs

gallery: .venv/demo.stamp  ## draw what has changed in the gallery
	$(BIN)/lrviz gallery

clean:  ## remove .venv, caches and build products
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
	find lrviz tests -name __pycache__ -type d -prune -exec rm -rf {} +

NEW_ENOUGH := $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lrviz needs Python 3.11 or newer: make PYTHON=/path/to/python3")'
$(BIN)/python:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv

# A stamp is newer than the pins when .venv holds what they ask for; no stamp, no network.
.venv/demo.stamp: $(PINS) | $(BIN)/python
	@echo "Installing lrviz into .venv; torch is large, so the first time takes minutes."
	$(INSTALL) --editable .
	@touch $@

.venv/test.stamp: $(PINS) | $(BIN)/python
	@echo "Installing lrviz and its development tools into .venv; the first time takes minutes."
	$(INSTALL) --editable '.[dev]'
	@touch .venv/demo.stamp $@

.venv/bench.stamp: $(PINS) | $(BIN)/python
	@echo "Installing lrviz and the tools it is compared with into .venv."
	$(INSTALL) --editable '.[bench]'
	@touch .venv/demo.stamp $@

# Beside .venv, whose tests must pass without other libraries. timm asks for torchvision, which its schedulers do not need.
$(FRAMEWORKS)/installed.stamp: $(PINS)
	@$(NEW_ENOUGH)
	@echo "Installing lrviz, torch and the frameworks into $(FRAMEWORKS); the first time takes minutes."
	$(PYTHON) -m venv --clear $(FRAMEWORKS)
	@{ $(FRAMEWORKS)/bin/python $(PIP) --editable '.[frameworks]' && \
	   $(FRAMEWORKS)/bin/python $(PIP) --no-deps timm; } || \
	 { echo "The frameworks cannot be installed in the versions of constraints.txt: see above. Nothing was tested." >&2; exit 1; }
	@touch $@
