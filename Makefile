# `make` lists the targets. All they write lies in .local/ and in caches that git ignores.
.DEFAULT_GOAL := help
.PHONY: help setup demo bench bench-quick simulate chaos test lint check-generated generate fmt clean

# A program here is started hundreds of times: Python keeps what it has compiled, wherever it runs.
unexport PYTHONDONTWRITEBYTECODE

venv := .local/venv/bin
python := $(venv)/python

# Some tests wait, so that three processes keep two processors busy; each has servers of its own.
processes := $(shell n=$$(nproc); echo $$((n < 3 ? 3 : n > 4 ? 4 : n)))

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Set up what is missing: virtual environment, Java, Kafka, Prometheus, Alertmanager
	@deploy/local/setup.sh

demo: setup ## Run it all on real history until Ctrl-C (FRESH=1 starts anew, ONCE=1 ends by itself)
	@$(python) -m deploy.local.demo $(if $(filter-out 0,$(FRESH)),--fresh) $(if $(filter-out 0,$(ONCE)),--once)

test: ## Check everything: lint, types, imports, generated files, tests against real servers
	@deploy/local/setup.sh test
	@$(MAKE) --no-print-directory lint check-generated
	@$(python) -m pytest --numprocesses=$(processes) --dist=loadfile --no-loadscope-reorder --durations=20

chaos: ## Hurt real servers for an hour in each of three classes, and compare every row (MINUTES=60)
	@deploy/local/setup.sh test
	@$(python) -m tests.chaos --store server --store cluster --store embedded --minutes $(or $(MINUTES),60)

bench: ## Measure events/s, CPU and memory beside the peers, and write tests/benchmarks/RESULTS.md
	@deploy/local/setup.sh bench
	@$(python) -m tests.benchmarks

bench-quick: ## Measure ours, stock Faust and the limit with fewer events: .local/bench.json
	@deploy/local/setup.sh test
	@$(python) -m tests.benchmarks --quick

simulate: ## Run the worker's code under simulated faults: 100,000 seeds, each compared with the truth
	@deploy/local/setup.sh test
	@$(python) -m tests.simulation --seeds 100000

lint: ## Check style, types and imports
	@$(venv)/ruff check
	@$(venv)/ruff format --check
	@$(venv)/mypy
	@$(venv)/lint-imports

check-generated: ## Check that the generated files are what the catalogue says
	@$(python) -m deploy.render --check

generate: ## Write the generated files: rules, routes, schemas, AsyncAPI, metric list, boards
	@$(python) -m deploy.render

fmt: ## Format the code
	@$(venv)/ruff check --fix
	@$(venv)/ruff format

clean: ## Remove everything that was set up, cached or stored here
	rm -rf .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
