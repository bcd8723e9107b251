# The verbs of this project. `make run` and `make test` install what is missing.
PYTHON = .venv/bin/python

.PHONY: help run test lint types plan migrations schema

help: ## list the verbs
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'

run: ## all of VMS on this machine, with four simulated cameras; Ctrl-C stops it
	@sh compose/local/prepare.sh run
	@$(PYTHON) -m compose.local.run

test: ## every test, against servers of its own; ARGS="tests/cameras -k enrol" chooses some
	@sh compose/local/prepare.sh test
	@$(PYTHON) -m compose.local.test $(ARGS)

lint: ## style
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: ## mypy --strict
	$(PYTHON) -m mypy .

plan: ## the floor plan
	.venv/bin/lint-imports --no-logo

migrations: ## no model has changed without its migration
	$(PYTHON) manage.py makemigrations --check --dry-run --settings vms.settings.test

schema: ## write the API's contract anew
	$(PYTHON) manage.py spectacular --validate --fail-on-warn --settings vms.settings.test --file vms/api/openapi-v1.yaml
