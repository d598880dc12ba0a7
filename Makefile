# `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STACK ?= dev
BENCH ?= quick
REGIONAL = $(BIN)/python -m sandbox $@ --stack $(STACK) $(if $(REGION),--region $(REGION)) $(if $(MS),--milliseconds $(MS))
# The packages of the virtual environment, each at one version; requirements-dev.in for the newest that the project allows.
REQUIREMENTS ?= requirements-dev.txt

.PHONY: help up down status plan cut join delay client out in bench cost size accept chaos test lint types format check coverage generate console lock dist clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(VENV)/ready ## Start the stack on this machine, or update it (STACK=dev)
	@$(BIN)/python -m sandbox up --stack $(STACK)

down: $(VENV)/ready ## Stop the stack; with DATA=delete, also delete its data
	@$(BIN)/python -m sandbox down --stack $(STACK) $(if $(filter delete,$(DATA)),--delete-data)

status: $(VENV)/ready ## Show the status of its containers
	@$(BIN)/python -m sandbox status --stack $(STACK)

plan: $(VENV)/ready ## Show the stack's resources and outputs, without starting anything
	@$(BIN)/python -m sandbox plan --stack $(STACK)

cut: $(VENV)/ready ## Cut the link between several Regions on this machine (STACK=two-regions, REGION=us-east-1 for only its links)
	@$(REGIONAL)

join: $(VENV)/ready ## Join what was cut
	@$(REGIONAL)

delay: $(VENV)/ready ## Give the link another round trip (MS=240)
	@$(REGIONAL)

client: $(VENV)/ready ## Move the clients to the edge locations of a Region (REGION=us-west-2)
	@$(REGIONAL)

out: $(VENV)/ready ## Take a Region out of the edge (REGION=us-east-1)
	@$(REGIONAL)

in: $(VENV)/ready ## Take it in again
	@$(REGIONAL)

bench: $(VENV)/ready ## Compare performance with the AWS sample and a single kubo (BENCH=quick, full, or rows by name)
	@$(BIN)/python -m bench $(BENCH)

cost: $(VENV)/ready ## Show the monthly cost of the stack (ASSUME="stored_gib=500 …")
	@$(BIN)/python -m cost $(STACK) $(ASSUME)

size: $(VENV)/ready ## Show what a load asks of each node (LOAD="pins=1000000 tib=10 nodes=6 copies=3")
	@$(BIN)/python -m cost size $(LOAD)

accept: $(VENV)/ready ## Test a deployment in a real AWS account, then remove it (REGION=eu-west-1 BUDGET=10, or RESUME=<run>)
	@$(BIN)/python -m accept $(if $(REGION),--region $(REGION)) $(if $(BUDGET),--budget-usd $(BUDGET)) $(if $(RESUME),--resume $(RESUME)) \
	  $(if $(KEEP),--keep) $(if $(EXPIRY),--expiry) $(if $(SKIP),--skip $(SKIP)) $(if $(YES),--yes)

chaos: $(VENV)/ready ## Inject faults into clusters on this machine and check what they answered (SEED=1 MINUTES=10 NODES=3 RUNS=1, FAULTS="kill pause")
	@$(BIN)/python -m chaos $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(NODES),--nodes $(NODES)) $(if $(RUNS),--runs $(RUNS)) \
	  $(if $(FAULTS),--faults $(FAULTS))

test: $(VENV)/ready ## Run the tests, or some (TESTS=…, LONG=1 for those of minutes); those that need Docker or Pulumi are skipped without
	@$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/ready ## Check formatting and lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/ready ## Check types
	@$(BIN)/mypy
	@$(BIN)/pyright --level error

format: $(VENV)/ready ## Fix formatting and lint
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

check: lint types test ## Run lint, types and test, as CI does

generate: $(VENV)/ready ## Regenerate the schema, the reference pages, Pulumi.yaml's configuration block and the map of the files
	@$(BIN)/python -m tools

coverage: $(VENV)/ready ## Run the tests and show what they cover (TESTS=tests/unit for some)
	@$(BIN)/python -m pytest --cov --cov-report=term:skip-covered --cov-report=html:.coverage-data/html $(TESTS)

console: ## Build the console from its code in console/ (needs Node.js with npm)
	@npm ci --prefix console --no-audit --no-fund
	@npm run build --prefix console

lock: $(VENV)/ready ## Update requirements-dev.txt to the newest packages that requirements-dev.in allows
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 requirements-dev.in --output-file requirements-dev.txt

dist: $(VENV)/ready ## Build the component's distributions (dist/*.whl, dist/*.tar.gz)
	@$(BIN)/uv build --quiet --out-dir dist components

clean: ## Delete the virtual environment
	rm -rf $(VENV)

$(VENV)/ready: $(REQUIREMENTS) components/pyproject.toml
	@echo "creating the virtual environment ($(VENV)) …"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; set another one with PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) cannot create virtual environments; install its venv package (Debian: python3-venv), or set another Python with PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(REQUIREMENTS)
	@touch $@
