# Everything runs in a virtual environment of its own; nothing but Python and make is needed.
PYTHON ?= python3
VENV ?= .venv
INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

.PHONY: demo test lint samples

demo: $(VENV)/.base
	$(VENV)/bin/radprep demo radprep-demo

test: $(VENV)/.test
	$(VENV)/bin/python -m pytest -n 2 $(PYTEST_FLAGS)

lint: $(VENV)/.lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

# Draw the sample studies again.
samples: $(VENV)/.base
	$(VENV)/bin/python data_samples/generate.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.base
	$(INSTALL) --editable '.[test]'
	touch $@

$(VENV)/.lint: $(VENV)/.base
	$(INSTALL) --editable '.[lint]'
	touch $@
