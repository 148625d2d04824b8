"""Run in a process of its own: what reading each DAG file costs, and what it loads. Prints one JSON object.

Each file is read in a fork of a process that has imported Airflow, as Airflow's own DAG processor does it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    began = time.process_time()
    from airflow.dag_processing.dagbag import DagBag

    report: dict[str, Any] = {"import_airflow": time.process_time() - began, "files": {}}
    logging.disable()
    for file in sorted(folder.glob("*.py")):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.write(writing, json.dumps(read(DagBag, file)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            report["files"][file.stem] = json.load(answer)
        os.wait()
    print("\n" + json.dumps(report))


def read(bag_class: Any, file: Path) -> dict[str, Any]:
    began = time.process_time()
    bag = bag_class(dag_folder=file)
    seconds = time.process_time() - began
    packages = {name.partition(".")[0] for name in sys.modules}
    return {"seconds": seconds, "dags": sorted(bag.dags), "packages": sorted(packages)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
