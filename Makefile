# make          set up .venv and run the paper grid of config.yaml
# make test     set up .venv and run the tests, each kind of fault among them
# make test-all all of them: real browsers, Slurm, PostgreSQL, many kills
# make smoke    a tiny grid through every rule, under results/smoke
# make report   one HTML file of the finished run: results/report.html
# make explore  every cell in the browser, offline: results/explorer.html
# make ui       open the runs in MLflow's UI on http://127.0.0.1:5000
# make bench    measure the speed figures: benchmarks/results.csv (about twenty minutes)
# make docs     all pages and the public API as one site: docs/site/index.html
# make lint     all linters and the type checker
# make lock     resolve requirements.lock anew (needs uv)
# make clean    delete what was computed; the environment stays

PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || echo 2)
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.PHONY: all test test-all smoke report explore docs ui bench lint lock clean
.DEFAULT_GOAL := all

all: .venv/installed
	$(SNAKEMAKE)

test: .venv/installed
	$(BIN)/pytest -m "not slow"

# three at once: those with Slurm and servers wait most of their time
test-all: .venv/installed
	$(BIN)/pytest -n 3

smoke: .venv/installed
	$(SNAKEMAKE) --configfile workflow/smoke.yaml

report: all
	$(BIN)/gdexp report

explore: all
	$(BIN)/gdexp explore

docs: .venv/installed
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs docs/site

ui: .venv/installed
	$(BIN)/gdexp ui

bench: .venv/installed .venv-bench/installed
	$(BIN)/python -m benchmarks

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakemake --lint

lock:
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes \
	  --no-annotate --no-header pyproject.toml -o requirements.lock

clean:
	rm -rf results .snakemake

# A virtual environment works as root or not, and where the system's Python is
# externally managed. The lock has a hash for every file that pip takes.
.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gdexp needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# The peers of the benchmarks, with dependencies that gdexp does not have.
.venv-bench/installed: benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	touch $@

# The validator of RO-Crates, which needs another version of a package than the linters.
.venv-crate/installed:
	$(PYTHON) -m venv .venv-crate
	.venv-crate/bin/pip install --quiet --disable-pip-version-check roc-validator==0.13.0
	touch $@
