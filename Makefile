# Everything runs in a virtual environment of its own; nothing but Python and make is needed.
PYTHON ?= python3
VENV ?= .venv
INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

.PHONY: demo test torch crash lint samples bench docs

demo: $(VENV)/.base
	$(VENV)/bin/radprep demo radprep-demo

test: $(VENV)/.test
	$(VENV)/bin/python -m pytest -n 2 $(PYTEST_FLAGS)

# Kill runs at random times and at every kind of fail point, resume them, and compare the trees.
crash: $(VENV)/.test
	$(VENV)/bin/python -m tests.crash.drive $${TMPDIR:-/tmp}/radprep-crash-$$$$ --kills 200 $(CRASH_FLAGS)

# With this, `make test` tests the torch models, too.
torch: $(VENV)/.torch

lint: $(VENV)/.lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

# The docs site: open site/index.html, from the disk.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --quiet
	@echo "Open site/index.html."

# Draw the sample studies again.
samples: $(VENV)/.base
	$(VENV)/bin/python data_samples/generate.py

# Speed beside the peers, on generated films (about an hour); writes bench/speed.md and bench/speed.svg. The peers have an environment
# of their own: one brings a second OpenCV, and a codec whose licence is not ours to ask for.
bench:
	test -d $(VENV)-bench || $(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt \
	    --editable . --requirement benchmarks/requirements.txt
	$(VENV)-bench/bin/python benchmarks/speed.py --out bench

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.base
	$(INSTALL) --editable '.[test]'
	touch $@

$(VENV)/.docs: $(VENV)/.base
	$(INSTALL) --editable '.[docs]'
	touch $@

$(VENV)/.torch: $(VENV)/.base
	$(INSTALL) --editable '.[torch,tensorboard]'
	touch $@

$(VENV)/.lint: $(VENV)/.torch
	$(INSTALL) --editable '.[lint]'
	touch $@
