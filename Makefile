# Everything runs in a virtual environment of its own; nothing but Python and make is needed.
PYTHON ?= python3
VENV ?= .venv
INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

.PHONY: demo test test-slow coverage coverage-report torch ocr crash lint types format wheel samples bench bench-deid bench-burned-in docs

demo: $(VENV)/.base
	$(VENV)/bin/radprep demo radprep-demo

PYTEST = $(VENV)/bin/python -m pytest -n 2 --dist worksteal $(if $(MEASURE),--cov --cov-append --cov-report= --cov-fail-under=0) $(PYTEST_FLAGS)

test: $(VENV)/.test
	$(PYTEST) -m "not slow"

# The tests that `make test` leaves out, because they take minutes and a change rarely breaks them.
test-slow: $(VENV)/.test
	$(PYTEST) -m slow

# Run every test once, and say how much of radprep/ they ran. MEASURE=1 measures either half alone.
coverage:
	rm -f .coverage
	$(MAKE) test test-slow coverage-report MEASURE=1

coverage-report:
	$(VENV)/bin/python -m coverage report

# Kill runs at random times and at every kind of fail point, resume them, and compare the trees.
crash: $(VENV)/.test
	$(VENV)/bin/python -m tests.crash.drive $${TMPDIR:-/tmp}/radprep-crash-$$$$ --kills 200 $(CRASH_FLAGS)

# With this, `make test` tests the torch models, too.
torch: $(VENV)/.torch

# With this, `make test` tests the reading of text that is burnt into films.
ocr: $(VENV)/.ocr

lint: $(VENV)/.lint types
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .

# Where PyTorch is not installed its classes have no types: mypy cannot tell what a network is a kind of.
types: $(VENV)/.lint
	$(VENV)/bin/mypy $$($(VENV)/bin/python -c "import importlib.util as u; \
	    u.find_spec('torch') or print('--allow-subclassing-any --no-warn-unused-ignores')")

format: $(VENV)/.lint
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

# What is released: build it, look at what is in it, and try the wheel in an environment that has nothing else.
wheel: $(VENV)/.test
	rm -rf dist
	$(VENV)/bin/python -m build --no-isolation --outdir dist
	RADPREP_DIST=dist $(VENV)/bin/python -m pytest tests/test_wheel.py
	PYTHON=$(PYTHON) .ci/try_wheel dist/*.whl

# The docs site: open site/index.html, from the disk.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --quiet
	@echo "Open site/index.html."

# How well text that is burnt into films is found and painted over: FILMS=FOLDER of radiographs without text (an hour with the
# extra `ocr`, minutes without).
bench-burned-in: $(VENV)/.test
	$(VENV)/bin/python benchmarks/burned_in.py $(FILMS) $(BURNED_IN_FLAGS)

# Draw the sample studies again.
samples: $(VENV)/.base
	$(VENV)/bin/python data_samples/generate.py

# Speed beside the peers, on generated films (about an hour); writes bench/speed.md and bench/speed.svg. The peers have an environment
# of their own: one brings a second OpenCV, and a codec whose licence is not ours to ask for.
bench:
	@$(PYTHON) radprep/needs_python.py
	test -d $(VENV)-bench || $(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt \
	    --editable . --requirement benchmarks/requirements.txt
	$(VENV)-bench/bin/python benchmarks/speed.py --out bench

# How much of what identifies leaves, on invented studies with identifiers planted everywhere (three minutes). It fails where
# anything of a header does. DEID_FLAGS="--studies 200 --seed 7 --misses" takes more of them, and others.
bench-deid: $(VENV)/.base
	$(VENV)/bin/python benchmarks/deid.py $(DEID_FLAGS)

# Where Python lacks a part of itself, `venv` leaves half an environment, which would be taken for a whole one.
$(VENV)/bin/python:
	@$(PYTHON) radprep/needs_python.py
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# An environment that an older Python has made stays old, whatever PYTHON says now.
$(VENV)/.base: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	@$(VENV)/bin/python radprep/needs_python.py || { echo "Remove $(VENV) first: it was made by that Python." >&2; exit 1; }
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

$(VENV)/.ocr: $(VENV)/.base
	$(INSTALL) --editable '.[ocr]'
	touch $@

$(VENV)/.lint: $(VENV)/.base
	$(INSTALL) --editable '.[lint]'
	touch $@
