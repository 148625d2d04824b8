"""What a restore tells: what is back, up to which delivery, with which key, and what people do next."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ingestion.errors import IntegrityError


@dataclass(frozen=True)
class RestoreReport:
    """What a restore brought. `feeds`: of each feed the moment up to which everything acknowledged is there.

    `last_acknowledged` is the newest delivery that is back (the recovery point), `key` what the key file is to the
    rows, `damaged` the files of the backup that were left out, `problems` what does not hold together for want of them.
    """

    backup: str
    home: str
    made_at: str
    files: int
    already_there: int
    mib: int
    deliveries: int
    rows: int
    last_acknowledged: str
    release_id: str
    key: str
    feeds: dict[str, str]
    damaged: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    city: str = ""
    seconds: float = 0.0

    def next_steps(self) -> list[str]:
        """What is left to people, in order."""
        keys = {
            "missing": "put the token key where CITYPULSE_KEY_FILE says, before anything lands;",
            "another": "the token key there is not that of these rows: put theirs there, before anything lands;",
            "unreadable": "the key file there is damaged or open to others: see `citypulse doctor`;",
            "unknown": "the backup knows no token key: make sure by yourself that the right one lies there;",
        }
        first = [keys[self.key]] if self.key in keys else []
        if self.city:
            first.append(self.city)
        return [
            *first,
            "`citypulse run` builds, judges and publishes;",
            f"{self._again()}: what is known is a duplicate.",
        ]

    def _again(self) -> str:
        """What senders deliver again; a feed that the last backups had to leave out goes further back."""
        newest = max(self.feeds.values(), default=self.made_at)
        older = [f"{feed}: since {moment}" for feed, moment in sorted(self.feeds.items()) if moment < newest]
        return f"have delivered again what came since {newest}" + (f" ({', '.join(older)})" if older else "")

    def data(self) -> dict[str, Any]:
        return {**asdict(self), "next_steps": self.next_steps()}

    def text(self) -> str:
        whole = (
            f"{len(self.damaged)} damaged files were left out: {', '.join(self.damaged[:5])}." if self.damaged else ""
        )
        lines = [
            f"{self.files} files ({self.mib} MiB) of the backup of {self.made_at} are back in {self.home}, "
            f"{self.already_there} of them lay there already ({self.seconds:.1f} s).",
            f"{self.deliveries} deliveries with {self.rows} rows; the last was acknowledged {self.last_acknowledged}.",
            whole,
            *self.problems[:10],
            *(f"{number}. {step}" for number, step in enumerate(self.next_steps(), 1)),
        ]
        return "\n".join(filter(None, lines))

    def check(self) -> None:
        """Raises IntegrityError where the home is not whole."""
        if self.damaged or self.problems:
            raise IntegrityError(
                f"{len(self.damaged)} files of the backup were damaged or missing: {', '.join(self.damaged[:5])}; "
                f"{len(self.problems)} things do not hold together.",
                next_step="`citypulse doctor` says what each lacks; landing files come back by delivering again.",
            )
