# The verbs of this project. `make run` and `make test` install what is missing.
PYTHON = .venv/bin/python

.PHONY: help run manage test lint types plan migrations schema bench bench-tables bench-plots

help: ## list the verbs
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/'

run: ## all of VMS on this machine, with four simulated cameras; Ctrl-C stops it
	@sh compose/local/prepare.sh run
	@$(PYTHON) -m compose.local.run

manage: ## a command in the folder of `make run`: ARGS="check_archive --quick"
	@root="$${VMS_ROOT:-var}"; \
	VMS_SECRET_KEY_FILE="$$root/secrets/secret_key" VMS_NODE_SECRET_FILE="$$root/secrets/node_secret" \
	VMS_DATA_ROOT="$$root/data" VMS_RUN_ROOT="$$root/run" VMS_MEDIA_ROOT="$${VMS_MEDIA_ROOT:-$$root/media}" \
	VMS_REDIS_URL="redis://127.0.0.1:$${VMS_REDIS_PORT:-6390}/0" $(PYTHON) manage.py $(ARGS)

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

bench: ## load and speed against floors and peers; ARGS="capture --cameras 100" chooses a subject
	@sh compose/local/prepare.sh test
	@$(PYTHON) -m bench $(ARGS)

bench-tables: ## the tables of docs/performance.md, from bench/results
	$(PYTHON) -m bench.tables

bench-plots: ## the pictures of docs/performance.md, from bench/results
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(PYTHON) -m bench.plots
