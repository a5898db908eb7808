# `make demo` and `make test` are all that anyone types; both install first, when something changed.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo test docs check clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]' --constraint constraints.txt
	touch $@

demo: install
	$(BIN)/initscope compare iris --init zeros,random_uniform,glorot_uniform,he_uniform --seeds 100

test: install
	$(BIN)/pytest --numprocesses auto

# Formulas, charts and examples are made here; nothing is fetched. Open docs/_build/html/index.html.
docs: install
	$(BIN)/sphinx-build -W --keep-going -n -q -j auto docs docs/_build/html

check: install
	scripts/check

clean:
	rm -rf $(VENV) docs/_build docs/generated .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
