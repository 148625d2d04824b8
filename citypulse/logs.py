"""Log lines on standard error: `key=value`, or with CITYPULSE_LOG=json one JSON object a line with the same keys."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import datetime

from ingestion.settings import LOCAL_TIME, logs_as_json

PAIR = re.compile(r'(\w+)=("[^"]*"|\S*)')


class JsonLines(logging.Formatter):
    """One object a line. Of an exception it tells the class alone, for a message may quote a row."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        line = {
            "at": datetime.fromtimestamp(record.created, LOCAL_TIME).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
            "fields": {key: value.strip('"') for key, value in PAIR.findall(message)},
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(verbose: bool) -> None:
    """Log warnings, or with `verbose` each step."""
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(name)s %(message)s")
    handler.setFormatter(JsonLines() if logs_as_json() else plain)
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table it subsets
