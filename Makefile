# Every target is one line of help and works on a fresh machine: Debian 12, Python 3.11 or newer, make, git.
.DEFAULT_GOAL := help
.PHONY: help install lock packages demo run test test-all test-spark spark-extra check fix bench mutants shots docs
UV := .uv/bin/uv
PYTHON ?= python3
BIN := .venv/bin
TESTERS ?= 2

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

$(UV):
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/system-packages.sh venv
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv

.venv/.installed: $(UV) requirements.txt pyproject.toml
	test -x .venv/bin/python || $(UV) venv --quiet --python $(PYTHON) --python-preference only-system .venv
	$(UV) pip sync --quiet --python .venv/bin/python --require-hashes --compile-bytecode requirements.txt
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --editable .
	touch $@

install: .venv/.installed ## .venv with everything for demo and test

lock: $(UV) ## write requirements.txt anew from pyproject.toml: hashes, no addresses
	$(UV) pip compile --quiet pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --output-file requirements.txt
	$(UV) pip compile --quiet pyproject.toml --extra bench --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --output-file benchmarks/requirements.txt

packages: ## the browser and the Chinese font that the tests need, through the system's package manager
	scripts/system-packages.sh

demo: install ## the whole path on a made-up district, served on http://127.0.0.1:8000
	$(BIN)/jieti demo

run: install ## serve the site on what is already there
	$(BIN)/jieti serve

test: install packages check ## the whole gate: packages, check, every test but the long sweeps, each page in two of its four views
	$(BIN)/pytest -n $(TESTERS) --dist worksteal -m "not sweep"

test-all: install packages check ## every test, the long sweeps too, with the coverage of every line and branch
	$(BIN)/pytest -n $(TESTERS) --dist worksteal --cov --cov-report=term

spark-extra: install ## the engine spark: pyspark, and Java where the system has none
	scripts/system-packages.sh java
	$(UV) pip install --quiet --python .venv/bin/python --require-hashes --no-deps -r requirements-spark.txt

test-spark: spark-extra ## the shared engine tests on Spark, and a million businesses row for row
	RULECORE_ENGINES=spark $(BIN)/pytest -p no:randomly tests/rulecore/test_engines.py tests/rulecore/test_assembly.py tests/spark

check: install ## style, types, directions, templates; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	git ls-files -z --cached --others --exclude-standard -- 'src/jieti/templates/*.html' | xargs -0 --no-run-if-empty $(BIN)/djade --target-version 5.2 --check

fix: install ## mend what tools can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -z --cached --others --exclude-standard -- 'src/jieti/templates/*.html' | xargs -0 --no-run-if-empty $(BIN)/djade --target-version 5.2

bench: install ## measure rows per second beside its peers; writes benchmarks/results
	$(UV) pip install --quiet --python .venv/bin/python --require-hashes -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

mutants: install ## seed faults in the Huairou rulebook: the worked cases find 95 in 100; writes benchmarks/results/mutants.json
	$(BIN)/rulecore mutants rulebooks/cn-110116-huairou/2024 --out benchmarks/results/mutants.json

shots: install packages ## screenshots of every page into build/shots
	$(BIN)/pytest tests/browser

docs: install ## the table of clauses: what implements and what tests each
	$(BIN)/python scripts/clauses_report.py
