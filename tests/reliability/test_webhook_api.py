"""Schemathesis against the receiver as it runs: what its OpenAPI allows is taken, all else is refused as it says."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ingestion.settings import Settings
from tests.collect.push_home import FEED, Receiver, Running, sealed
from tests.reliability.figures import record

PUSH = "/v1/feeds/{feed}"
SIGNED = ("Timestamp", "File-Name", "Rows", "Sha256")


@dataclass
class Api:
    """The receiver, its description as it gives it, and what came of the requests."""

    receiver: Receiver
    running: Running
    schema: Any
    answers: Counter[int] = field(default_factory=Counter)
    failures: int = 0
    by_program: int = 0

    def call(self, case: Any, without: tuple[Any, ...] = ()) -> Any:
        """Send a request and hold the answer against the description, by all checks but those left out."""
        response = case.call()
        self.answers[response.status_code] += 1
        self.failures += 1  # until it has held
        case.validate_response(response, excluded_checks=list(without))
        self.failures -= 1
        return response

    def each(self, mode: GenerationMode, examples: int, seed: int, check: Any) -> None:
        """Put `check` to so many requests."""
        quiet = hypothesis.settings(
            max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        strategy = self.schema[PUSH]["POST"].as_strategy(generation_mode=mode)
        hypothesis.seed(seed)(quiet(given(case=strategy)(check)))()

    def sign(self, case: Any) -> None:
        """Credentials that are right for the rest of the request as it is; where a part is no text, none are."""
        said = [case.headers.get(f"X-Citypulse-{name}", "") for name in SIGNED]
        if all(isinstance(part, str) for part in said):
            case.headers["X-Citypulse-Key"] = self.receiver.key.key_id
            case.headers["X-Citypulse-Signature"] = sealed(self.receiver.key, FEED, *said)

    @property
    def taken(self) -> list[Path]:
        return [path for path in (self.receiver.settings.inbox / FEED).glob("*") if not path.name.endswith(".ok")]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("push")
    patch = pytest.MonkeyPatch()
    patch.setenv("NO_PROXY", "127.0.0.1")
    receiver = Receiver(Settings(home=home / "home", key_file=home / "key.json"))
    receiver.environment = {"CITYPULSE_PUSH_RATE": "1000000"}
    began = time.monotonic()
    with (home / "log").open("w") as log:
        running = receiver.start(stderr=log)
        made = Api(receiver, running, schemathesis.openapi.from_url(f"{running.url}/openapi.json"))
        try:
            yield made
        finally:
            running.end()
            patch.undo()
    assert running.process.returncode == 0
    assert "push=failed" not in (home / "log").read_text()
    record(
        "webhook",
        requests=made.by_program + made.answers.total(),
        taken=made.answers[202],
        failures=made.failures,
        statuses={str(status): count for status, count in sorted(made.answers.items())},
        seconds=round(time.monotonic() - began, 1),
    )


def test_nobody_without_credentials_gets_in_and_every_answer_is_described(
    api: Api, scale: int, seed: int, tmp_path: Path
) -> None:
    """Its own program: each parameter missing, doubled or of another form, methods that are not there, any bytes."""
    program = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.running.url}/openapi.json"]
    wanted = ["--phases", "coverage,fuzzing", "--max-examples", str(10 * scale), "--seed", str(seed), "--no-color"]
    done = subprocess.run([*program, *wanted], cwd=tmp_path, capture_output=True, text=True)
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout
    assert found
    assert int(found[1]) == int(found[2]) > 100
    api.by_program = int(found[1])
    assert api.taken == []


def test_what_fits_the_description_and_is_signed_is_taken(api: Api, scale: int, seed: int) -> None:
    def check(case: Any) -> None:
        body = case.as_transport_kwargs().get("data") or b""
        case.path_parameters["feed"] = FEED
        case.headers["X-Citypulse-Timestamp"] = str(int(time.time()))
        case.headers["X-Citypulse-Sha256"] = hashlib.sha256(body).hexdigest()
        if "X-Citypulse-File-Name" in case.headers:
            case.headers["X-Citypulse-File-Name"] = f"{len(body)}.csv"
        api.sign(case)
        response = api.call(case)
        assert response.status_code in (200, 202)
        said = response.json()
        stored = api.receiver.settings.inbox / FEED / said["file"]
        assert stored.read_bytes() == body
        assert said["receipt"] == hashlib.sha256(body).hexdigest()

    api.each(GenerationMode.POSITIVE, 40 * scale, seed, check)
    assert api.taken


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_what_is_signed_and_does_not_hold_is_refused_as_described(
    api: Api, scale: int, seed: int, mode: GenerationMode
) -> None:
    """Any header as it came, with a signature that is right for it: so what lies behind the signature is met too."""
    before, times = len(api.taken), count()

    def check(case: Any) -> None:
        if isinstance(case.path_parameters.get("feed"), str) and next(times) % 4:
            case.path_parameters["feed"] = FEED
        if "X-Citypulse-Timestamp" in case.headers and next(times) % 4:
            case.headers["X-Citypulse-Timestamp"] = str(int(time.time()))
        api.sign(case)
        response = api.call(case, without=(positive_data_acceptance,))  # the digest of a body is of no known form
        assert 400 <= response.status_code < 500

    api.each(mode, 40 * scale, seed, check)
    assert len(api.taken) == before
    assert list((api.receiver.settings.collect / "push" / "parts").iterdir()) == []
