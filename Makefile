# `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STACK ?= dev
BENCH ?= quick

.PHONY: help up down status plan bench cost accept test lint types format check generate clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(VENV)/ready ## Bring the stack up on this machine (STACK=dev)
	@$(BIN)/python -m sandbox up --stack $(STACK)

down: $(VENV)/ready ## Stop it; DATA=delete deletes its data too
	@$(BIN)/python -m sandbox down --stack $(STACK) $(if $(filter delete,$(DATA)),--delete-data)

status: $(VENV)/ready ## How it is
	@$(BIN)/python -m sandbox status --stack $(STACK)

plan: $(VENV)/ready ## What it would be, without starting anything
	@$(BIN)/python -m sandbox plan --stack $(STACK)

bench: $(VENV)/ready ## Measure it beside the AWS sample and one kubo alone (BENCH=quick, full, or rows by name)
	@$(BIN)/python -m bench $(BENCH)

cost: $(VENV)/ready ## What the stack costs a month (ASSUME="stored_gib=500 …")
	@$(BIN)/python -m cost $(STACK) $(ASSUME)

accept: $(VENV)/ready ## Try it in a real AWS account, and take it away again (REGION=eu-west-1 BUDGET=10, or RESUME=<run>)
	@$(BIN)/python -m accept $(if $(REGION),--region $(REGION)) $(if $(BUDGET),--budget-usd $(BUDGET)) $(if $(RESUME),--resume $(RESUME)) \
	  $(if $(KEEP),--keep) $(if $(EXPIRY),--expiry) $(if $(SKIP),--skip $(SKIP)) $(if $(YES),--yes)

test: $(VENV)/ready ## All tests; those that need Docker or Pulumi skip where they are missing
	@$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/ready ## Style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/ready ## Types
	@$(BIN)/mypy

format: $(VENV)/ready ## Mend the style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

check: lint types test ## What CI runs

generate: $(VENV)/ready ## Write the schema, the reference pages and Pulumi.yaml's configuration block from the inputs
	@$(BIN)/python -m tools

clean: ## Forget the virtual environment
	rm -rf $(VENV)

$(VENV)/ready: requirements.txt requirements-dev.txt components/pyproject.toml
	@echo "making the virtual environment ($(VENV)) …"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another by PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) cannot make virtual environments; install its venv package (Debian: python3-venv), or name another Python by PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@
