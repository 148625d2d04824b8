"""Airflow fixes its home when it is first imported, so these tests give it one of their own before that."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

home = tempfile.mkdtemp(prefix="citypulse-airflow-")
atexit.register(shutil.rmtree, home, ignore_errors=True)
os.environ["AIRFLOW_HOME"] = home
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__API__HOST"] = "127.0.0.1"  # what every installation of ours says, and doctor looks for
