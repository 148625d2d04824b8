"""Airflow fixes its home when it is first imported, so these tests give it one of their own before that."""

from __future__ import annotations

import os
import tempfile

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="citypulse-airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
