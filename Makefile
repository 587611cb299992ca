# `make up` runs WaddleBot, `make test` tests it. Both install what they need into .venv first.

PYTHON ?= python3
BIN := .venv/bin
PAGES = find . -name '*.html' -not -path './.venv/*' -print0 | xargs -0 -r

.DEFAULT_GOAL := help
.PHONY: help boot up test check format bench

help:
	@echo "make up       run WaddleBot                  make up ARGS='--port 18000 --no-demo'"
	@echo "make test     run the tests, with coverage    make test ARGS='tests/identity -k key'"
	@echo "make check    formatting, lint, types, contracts, migrations, deployment checks"
	@echo "make format   let the formatters rewrite"
	@echo "make bench    run the benchmarks             make bench ARGS=events"
	@echo "              .venv/bin/waddlebot --help     everything else"

boot:
	@$(PYTHON) scripts/boot.py

up: boot
	@exec $(BIN)/waddlebot up $(ARGS)

# The gate counts for the whole suite, not for the part that ARGS picks.
test: boot
	@$(BIN)/python -m pytest $(if $(strip $(ARGS)),$(ARGS),-n 2 --dist loadgroup --cov --cov-report=term:skip-covered --cov-fail-under=90)

# What a production environment would set, so that `check --deploy` judges that.
check: export SECRET_KEY = for-make-check-only-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefgh
check: export PUBLIC_URL = https://bot.example.org
check: export OVERLAY_URL = https://overlay.example.org
check: export ALLOWED_HOSTS = bot.example.org,overlay.example.org
check: boot
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@# No database runs here, and none is needed: it only says so.
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(PAGES) $(BIN)/djade --check --target-version 5.2
	$(PAGES) $(BIN)/djlint --lint --quiet

format: boot
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find . -name '*.py' -not -path './.venv/*' -print0 | xargs -0 -r $(BIN)/django-upgrade --target-version 5.2
	$(PAGES) $(BIN)/djade --target-version 5.2

bench: boot
	@exec $(BIN)/waddlebot bench $(ARGS)
