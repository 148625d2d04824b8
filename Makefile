# citypulse: `make` alone lists what there is. Everything runs in .venv, built from requirements.lock.
.DEFAULT_GOAL := help
.PHONY: help setup new-extras run demo test browser test-airflow test-all test-reliability check fix serve bench bench-latency lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
HOME_DIR ?= data
BROWSED := tests/site/test_in_browser.py
TWO := -n 2 --dist loadscope --no-loadscope-reorder
EXTRAS ?= $(shell cat $(VENV)/.extras 2>/dev/null)
ALL_EXTRAS := postgres fab celery kubernetes
NEW_EXTRAS := $(if $(filter-out $(shell cat $(VENV)/.extras 2>/dev/null),$(EXTRAS)),new-extras)
PACKAGES := ingestion warehouse expectations reporting simulator citypulse
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready ## build .venv from requirements.lock (uv is fetched if missing); EXTRAS="postgres fab" adds extras

.tools/bin/uv:
	@$(PYTHON) -m venv .tools && .tools/bin/python -m pip install -q --disable-pip-version-check uv

$(VENV)/.ready: requirements.lock pyproject.toml $(EXTRAS:%=deploy/locks/%.lock) $(NEW_EXTRAS) | $(filter .tools/bin/uv,$(UV))
	@echo "installing into $(VENV) ..."
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) $(VENV)
	@$(UV) pip sync -q --no-build --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock $(EXTRAS:%=deploy/locks/%.lock)
	@$(UV) pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e .
	@echo $(EXTRAS) > $(VENV)/.extras
	@touch $@

new-extras:

run: setup ## first command: Airflow reacts to simulated feeds until the brief is published
	@$(BIN)/citypulse --home $(HOME_DIR) airflow

demo: setup ## the same without Airflow, in one process
	@$(BIN)/citypulse --home $(HOME_DIR) demo

serve: setup ## keep Airflow running for daily work (loopback; Ctrl-C ends it)
	@$(BIN)/citypulse --home $(HOME_DIR) airflow --keep

test: setup ## second command: unit, feed, dbt, gate, brief and DAG tests
	@$(BIN)/python -m pytest -q $(TWO) tests --ignore=tests/airflow --ignore=tests/slow --ignore=tests/real --ignore=tests/reliability --ignore=$(BROWSED)

browser: ## install Chromium, which the tests of the site look through (apt-get; elsewhere it says what to install)
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif command -v apt-get >/dev/null; then \
	  sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$sudo apt-get update -q && $$sudo apt-get install -q -y --no-install-recommends chromium fonts-noto-cjk; \
	else echo "install Chromium with your package manager, so that 'chromium' is on the PATH"; exit 1; fi

test-airflow: setup ## real Airflow processes: `make run`, bursts, kills at every step, pauses, zombies, downtime
	@$(BIN)/python -m pytest -q tests/airflow

test-all: setup ## the slow suites, the site in Chromium, and real data where it lies beside the project
	@$(BIN)/python -m pytest -q $(TWO) $(BROWSED) tests/slow tests/real

test-reliability: setup ## kills, broken disks, broken files, planted persons and bugs; figures to reliability.json (NIGHTLY=1: ten times)
	@rm -rf .reliability
	@$(BIN)/python -m pytest -q $(TWO) $(if $(NIGHTLY),--nightly) tests/reliability

check: setup ## ruff, formatting, mypy --strict, sqlfluff, structure tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict $(PACKAGES)
	@$(BIN)/sqlfluff lint -q dbt_project/models dbt_project/tests
	@$(BIN)/python -m pytest -q tests/structure

fix: setup ## repair what can repair itself
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/sqlfluff fix -q dbt_project/models dbt_project/tests

bench: setup ## landing against DuckDB's own typed copy; a year of the hotline and a day of it; messages over MQTT; two million grid events
	@$(BIN)/python benchmarks/landing.py
	@$(BIN)/python benchmarks/hotline.py
	@$(BIN)/python benchmarks/mqtt.py
	@$(BIN)/python benchmarks/grid.py

bench-latency: setup ## from a sealed file to the published release, by a running Airflow (half an hour)
	@$(BIN)/python benchmarks/latency.py

lock: setup ## resolve the dependencies anew
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev -o requirements.lock pyproject.toml
	@for extra in $(ALL_EXTRAS); do \
	  $(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra $$extra -c requirements.lock \
	    $$(sed -nE 's/^([a-z0-9._-]+)==.*/--no-emit-package \1/p' requirements.lock) -o deploy/locks/$$extra.lock pyproject.toml && \
	  sed -i '/^#/d' deploy/locks/$$extra.lock || exit 1; done

clean: ## remove what tests and tools left (never data)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
