"""What Airflow's fork server loads once, so that no task has to: dbt takes seconds to import, Great Expectations more.

Loaded by name (`[scheduler] mp_forkserver_preload` in airflow_settings.py), never imported by us. A child forked from a
process with threads or with an open database may hang, so there is none at the end, and a test counts. Landing's Delta
library starts a thread when it is imported and stays out: it loads in a blink.
"""

from __future__ import annotations

import gc
import importlib
import logging

from ingestion.settings import expose, silence_telemetry
from warehouse.engine import close_default_database

MODULES = (
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "citypulse.due",
    "citypulse.schedule",
    "dbt.adapters.duckdb.connections",
    "dbt.adapters.duckdb.impl",
    "dbt.cli.main",
    "dbt.task.build",
    "expectations.dialect",
    "expectations.gate",
    "great_expectations",
    "great_expectations.expectations",
    "ingestion.land",
    "jinja2",
    "warehouse.release",
)

expose(OPENBLAS_NUM_THREADS="1")  # else numpy starts threads as soon as it is imported
silence_telemetry()
logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it tells of each of its own functions
for module in MODULES:
    importlib.import_module(module)
close_default_database()
gc.freeze()  # what is loaded stays shared between the children
