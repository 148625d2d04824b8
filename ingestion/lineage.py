"""What a run read and wrote, as OpenLineage events appended to a file, where CITYPULSE_OPENLINEAGE_FILE names one.

Names, columns and counts only. A run tells its START and its end together, when it has ended: so one that found
nothing to do tells nothing, as in the run log. Needs the extra `lineage`.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from ingestion.errors import ContractError
from ingestion.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from ingestion.run_log import LiveRun

log = logging.getLogger(__name__)
NAMESPACE = "citypulse"
PRODUCER = "urn:citypulse"


@dataclass(frozen=True)
class Dataset:
    """Something that is read or written: its name, and what is known of its columns, rows and files."""

    name: str
    columns: tuple[str, ...] = ()
    rows: int | None = None
    files: int | None = None


@dataclass(frozen=True)
class Job:
    """One piece of work that has ended; `error` names a class, and is empty where all went well."""

    name: str
    kind: str
    began: datetime
    seconds: float
    inputs: Iterable[Dataset] = ()
    outputs: Iterable[Dataset] = ()
    error: str = ""
    uuid: UUID = field(default_factory=uuid4)
    parent: Job | None = None


def table_name(table: str) -> str:
    """`schema.table` of the warehouse as the lineage calls it: a landing table keeps the name its landing gave it."""
    return table.replace(".", "/") if table.startswith("landing.") else table


def is_wanted(settings: Settings) -> bool:
    return settings.lineage_file is not None


def check(settings: Settings) -> None:
    """Raise ContractError when lineage is wanted but cannot be written: better before the work than after it."""
    if settings.lineage_file is None:
        return
    if importlib.util.find_spec("openlineage") is None or importlib.util.find_spec("openlineage.client") is None:
        raise ContractError(
            "CITYPULSE_OPENLINEAGE_FILE is set, but openlineage-python is not installed.",
            next_step="install citypulse with its extra `lineage`, or unset the variable.",
        )
    try:
        settings.lineage_file.open("ab").close()
    except OSError:
        raise ContractError(
            "CITYPULSE_OPENLINEAGE_FILE names a file that cannot be written.",
            next_step="name one in a folder that exists and is ours to write.",
        ) from None


def job_of(run: LiveRun) -> Job:
    """A run of the run log as a piece of work."""
    name = f"{run.step}.{run.feed}" if run.feed else run.step
    return Job(name, "STEP", run.began, run.seconds, run.inputs, run.outputs, run.error, run.uuid)


def tell(settings: Settings, *jobs: Job) -> None:
    """Append the events of these pieces of work, where lineage is wanted; failing to is told of and costs no work."""
    if settings.lineage_file is None:
        return
    from openlineage.client.serde import Serde

    lines = [Serde.to_json(event) + "\n" for job in jobs for event in _events(job)]
    try:
        with settings.lineage_file.open("ab", buffering=0) as stream:
            stream.write("".join(lines).encode())  # one write, so that processes do not mix their lines
    except OSError as error:
        log.warning("lineage=not_written events=%d error=%s", len(lines), type(error).__name__)


def _events(job: Job) -> list[RunEvent]:
    from openlineage.client import event_v2, facet_v2

    state = event_v2.RunState
    kinds = facet_v2.job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="CITYPULSE", jobType=job.kind, producer=PRODUCER
    )
    end = job.began + timedelta(seconds=job.seconds)
    inputs = [_input(dataset) for dataset in job.inputs]
    outputs = [_output(dataset) for dataset in job.outputs]

    def event(kind: Any, when: datetime, written: list[event_v2.OutputDataset]) -> RunEvent:
        return event_v2.RunEvent(
            eventType=kind,
            eventTime=when.isoformat(),
            run=event_v2.Run(str(job.uuid), _run_facets(job, kind is state.FAIL)),
            job=event_v2.Job(NAMESPACE, job.name, {"jobType": kinds}),
            inputs=inputs,
            outputs=written,
            producer=PRODUCER,
        )

    return [event(state.START, job.began, []), event(state.FAIL if job.error else state.COMPLETE, end, outputs)]


def _run_facets(job: Job, has_failed: bool) -> dict[str, Any]:
    from openlineage.client.facet_v2 import error_message_run, parent_run

    facets: dict[str, Any] = {}
    if job.parent:
        run, name = parent_run.Run(str(job.parent.uuid)), parent_run.Job(NAMESPACE, job.parent.name)
        facets["parent"] = parent_run.ParentRunFacet(run=run, job=name, producer=PRODUCER)
    if has_failed:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(job.error, "PYTHON", producer=PRODUCER)
    return facets


def _facets(dataset: Dataset) -> dict[str, Any]:
    from openlineage.client.facet_v2 import schema_dataset

    if not dataset.columns:
        return {}
    fields = [schema_dataset.SchemaDatasetFacetFields(name) for name in dataset.columns]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields, producer=PRODUCER)}


def _input(dataset: Dataset) -> Any:
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import input_statistics_input_dataset as statistics

    counts: dict[str, Any] = {}
    if dataset.rows is not None or dataset.files is not None:
        counts["inputStatistics"] = statistics.InputStatisticsInputDatasetFacet(
            rowCount=dataset.rows, fileCount=dataset.files, producer=PRODUCER
        )
    return event_v2.InputDataset(NAMESPACE, dataset.name, inputFacets=counts, facets=_facets(dataset))


def _output(dataset: Dataset) -> Any:
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    counts: dict[str, Any] = {}
    if dataset.rows is not None or dataset.files is not None:
        counts["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(
            rowCount=dataset.rows, fileCount=dataset.files, producer=PRODUCER
        )
    return event_v2.OutputDataset(NAMESPACE, dataset.name, outputFacets=counts, facets=_facets(dataset))
