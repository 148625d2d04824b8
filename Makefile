# citypulse: `make` alone lists what there is. Everything runs in .venv, built from requirements.lock.
.DEFAULT_GOAL := help
.PHONY: help setup new-extras wheelhouse install-offline sbom run demo test browser postgresql test-airflow test-all test-bi test-reliability \
  test-offline check fix serve superset bench bench-latency lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
HOME_DIR ?= data
NIGHT := $(addprefix tests/slow/test_,hotline_ten_thousand.py heating_memory.py recompute.py)
NIGHT_AIRFLOW := $(addprefix tests/airflow/test_,recompute.py zombies.py)
BROWSED := tests/site/test_in_browser.py
TWO := -n 2 --dist loadscope --no-loadscope-reorder
EXTRAS ?= $(shell cat $(VENV)/.extras 2>/dev/null)
ALL_EXTRAS := postgres fab celery kubernetes
NEW_EXTRAS := $(if $(filter-out $(shell cat $(VENV)/.extras 2>/dev/null),$(EXTRAS)),new-extras)
LOCKS := requirements.lock $(EXTRAS:%=deploy/locks/%.lock)
TOOLS := deploy/locks/tools.lock
SUPERSET := .superset/venv
PORT ?= 8088
WHEELS := --only-binary :all: --require-hashes -r
MADE_FOR = import sys, sysconfig; print("Python %d.%d on %s" % (*sys.version_info[:2], sysconfig.get_platform()))
PACKAGES := ingestion warehouse expectations reporting simulator citypulse
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready ## build .venv from requirements.lock (uv is fetched if missing); EXTRAS="postgres fab" adds extras

.tools/bin/uv:
	@$(PYTHON) -m venv .tools && .tools/bin/python -m pip install -q --disable-pip-version-check $(WHEELS) $(TOOLS)

$(VENV)/.ready: pyproject.toml $(LOCKS) $(NEW_EXTRAS) | $(filter .tools/bin/uv,$(UV))
	@echo "installing into $(VENV) ..."
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) $(VENV)
	@$(UV) pip sync -q --no-build --compile-bytecode --require-hashes --python $(BIN)/python $(LOCKS)
	@$(UV) pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e .
	@echo $(EXTRAS) > $(VENV)/.extras
	@touch $@

new-extras:

wheelhouse: ## every wheel that setup needs, into ./wheelhouse with SHA256SUMS, for a machine without a network
	@rm -rf wheelhouse wheelhouse.part && mkdir wheelhouse.part && $(PYTHON) -m venv wheelhouse.part/venv
	@for lock in $(LOCKS) $(TOOLS); do \
	  wheelhouse.part/venv/bin/python -m pip download -q --disable-pip-version-check --no-deps --dest wheelhouse.part $(WHEELS) $$lock \
	    || exit 1; done
	@rm -r wheelhouse.part/venv && $(PYTHON) -c '$(MADE_FOR)' > wheelhouse.part/MADE_FOR
	@cd wheelhouse.part && LC_ALL=C && export LC_ALL && sha256sum MADE_FOR *.whl > SHA256SUMS
	@mv wheelhouse.part wheelhouse && echo "$$(ls wheelhouse/*.whl | wc -l) wheels, $$(du -sm wheelhouse | cut -f1) MB, $$(cat wheelhouse/MADE_FOR)"

install-offline: ## the same as setup, from ./wheelhouse alone: no index, no network
	@test -f wheelhouse/SHA256SUMS || { echo "no ./wheelhouse: run 'make wheelhouse' where there is a network, and carry it here"; exit 1; }
	@cd wheelhouse && sha256sum --quiet --strict -c SHA256SUMS
	@here="$$($(PYTHON) -c '$(MADE_FOR)')"; there="$$(cat wheelhouse/MADE_FOR)"; test "$$here" = "$$there" || \
	  { echo "./wheelhouse is for $$there, this is $$here: name another interpreter with PYTHON=..., or make it there"; exit 1; }
	@env -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL \
	  PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS=wheelhouse UV_NO_CONFIG=1 UV_OFFLINE=1 UV_NO_INDEX=1 UV_FIND_LINKS=wheelhouse \
	  $(MAKE) --no-print-directory setup

sbom: setup ## what is installed, as CycloneDX: names, versions, hashes, licences, what needs what, to dist/sbom.cdx.json
	@$(BIN)/python -m deploy.sbom $(LOCKS) dist/sbom.cdx.json

run: setup ## first command: Airflow reacts to simulated feeds until the brief is published
	@$(BIN)/citypulse --home $(HOME_DIR) airflow

demo: setup ## the same without Airflow, in one process
	@$(BIN)/citypulse --home $(HOME_DIR) demo

serve: setup ## keep Airflow running for daily work (loopback; Ctrl-C ends it)
	@$(BIN)/citypulse --home $(HOME_DIR) airflow --keep

superset: setup $(SUPERSET)/.ready ## Apache Superset with our dashboard on the release of HOME_DIR, on loopback, PORT=8088 (Ctrl-C ends it)
	@$(BIN)/python -m deploy.superset --home $(HOME_DIR) --port $(PORT)

# Superset pins what Airflow and dbt pin otherwise, hence an environment of its own. One library comes as source alone: wtforms-json is
# built without isolation, by the setuptools that the same lock has put there before it.
WITH_LOCK = $(UV) pip sync -q --compile-bytecode --only-binary :all: --require-hashes --python $(SUPERSET)/bin/python
$(SUPERSET)/.ready: deploy/locks/superset.lock | $(filter .tools/bin/uv,$(UV))
	@echo "installing Apache Superset into $(SUPERSET) ..."
	@test -x $(SUPERSET)/bin/python || $(UV) venv -q --python $(PYTHON) $(SUPERSET)
	@sed '/^wtforms-json==/,/[^\\]$$/d' $< > $(SUPERSET)/wheels.lock && $(WITH_LOCK) $(SUPERSET)/wheels.lock
	@$(WITH_LOCK) --no-binary wtforms-json --no-build-isolation $<
	@touch $@

test: setup ## second command: unit, feed, dbt, gate, brief and DAG tests
	@$(BIN)/python -m pytest -q $(TWO) tests --ignore=tests/airflow --ignore=tests/slow --ignore=tests/real --ignore=tests/reliability --ignore=tests/bi --ignore=tests/offline --ignore=$(BROWSED)

browser: ## install Chromium, which the tests of the site look through (apt-get; elsewhere it says what to install)
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif command -v apt-get >/dev/null; then \
	  sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$sudo apt-get update -q && $$sudo apt-get install -q -y --no-install-recommends chromium fonts-noto-cjk; \
	else echo "install Chromium with your package manager, so that 'chromium' is on the PATH"; exit 1; fi

postgresql: ## install a PostgreSQL server, into which the tests push a release (apt-get; elsewhere it says what to install)
	@if command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null; then :; \
	elif command -v apt-get >/dev/null; then \
	  sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$sudo apt-get update -q && $$sudo apt-get install -q -y --no-install-recommends postgresql-common && \
	  echo 'create_main_cluster = false' | $$sudo tee -a /etc/postgresql-common/createcluster.conf >/dev/null && \
	  $$sudo apt-get install -q -y --no-install-recommends postgresql; \
	else echo "install PostgreSQL's server with your package manager, so that 'initdb' is on the PATH"; exit 1; fi

test-airflow: setup ## real Airflow processes: `make run`, bursts, kills at every step, pauses, downtime (NIGHTLY=1: zombies and backfills too)
	@$(BIN)/python -m pytest -q $(if $(NIGHTLY),,$(NIGHT_AIRFLOW:%=--ignore=%)) tests/airflow

test-all: setup ## the slow suites, the site in Chromium, real data where it lies beside the project (NIGHTLY=1: the slowest too)
	@$(BIN)/python -m pytest -q $(TWO) $(if $(NIGHTLY),,$(NIGHT:%=--ignore=%)) $(BROWSED) tests/slow tests/real

test-bi: setup ## the release as BI tools see it: drivers, servers, dashboard, every metric defined a second time
	@$(BIN)/python -m pytest -q $(TWO) tests/bi

test-reliability: setup ## kills, broken disks, broken files, planted persons and bugs; figures to reliability.json (NIGHTLY=1: ten times)
	@rm -rf .reliability
	@$(BIN)/python -m pytest -q $(TWO) $(if $(NIGHTLY),--nightly) tests/reliability
	@test -n "$(NIGHTLY)" || $(BIN)/python -m tests.reliability.report $(if $(CI),--check)

test-offline: setup wheelhouse ## a copy of the tree, installed from ./wheelhouse and run where there is no network
	@$(BIN)/python -m pytest -q tests/offline

check: setup ## ruff, formatting, mypy --strict, sqlfluff, structure tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict $(PACKAGES) deploy
	@$(BIN)/sqlfluff lint -q dbt_project/models dbt_project/tests
	@$(BIN)/python -m pytest -q tests/structure

fix: setup ## repair what can repair itself
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/sqlfluff fix -q dbt_project/models dbt_project/tests

bench: setup ## landing against DuckDB's own typed copy; a year of the hotline and a day of it; messages over MQTT; two million grid events; eight readers while releases come; a push
	@$(BIN)/python benchmarks/landing.py
	@$(BIN)/python benchmarks/hotline.py
	@$(BIN)/python benchmarks/mqtt.py
	@$(BIN)/python benchmarks/grid.py
	@$(BIN)/python benchmarks/readers.py
	@$(BIN)/python benchmarks/push.py

bench-latency: setup ## from a sealed file to the published release, by a running Airflow (half an hour)
	@$(BIN)/python benchmarks/latency.py

lock: setup ## resolve the dependencies anew
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev -o requirements.lock pyproject.toml
	@echo 'uv>=0.9' | $(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate - -o $(TOOLS)
	@for extra in $(ALL_EXTRAS); do \
	  $(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra $$extra -c requirements.lock \
	    $$(sed -nE 's/^([a-z0-9._-]+)==.*/--no-emit-package \1/p' requirements.lock) -o deploy/locks/$$extra.lock pyproject.toml && \
	  sed -i '/^#/d' deploy/locks/$$extra.lock || exit 1; done
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --no-emit-package odfpy -o deploy/locks/superset.lock docs/bi/superset/requirements.in && sed -i '/^#/d' deploy/locks/superset.lock

clean: ## remove what tests and tools left (never data)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
