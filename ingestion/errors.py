"""Every error citypulse raises on purpose: what, where, which rule, and the next step; never a cell value.

The exit code of the command line stands on the class (see README). Airflow retries only what is `transient`.
"""

from __future__ import annotations

from typing import Any


def _rebuild(kind: type[CitypulseError], arguments: tuple[Any, ...], state: dict[str, Any]) -> CitypulseError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class CitypulseError(Exception):
    """Base of all expected errors. `next_step` tells the reader what to do; `counts` go into the run log."""

    exit_code = 1
    transient = False

    def __init__(self, message: str, *, next_step: str = "", counts: dict[str, int] | None = None) -> None:
        super().__init__(f"{message} Next step: {next_step}" if next_step else message)
        self.message = message
        self.next_step = next_step
        self.counts = counts or {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders whole: rebuilt without calling their constructor, which takes keywords."""
        return _rebuild, (type(self), self.args, self.__dict__.copy())


class NothingToDo(CitypulseError):
    """There is no data, or everything is already done."""

    exit_code = 3


class ContractError(CitypulseError):
    """A contract, setting or seed is wrong, or an input breaks its contract as a whole."""

    exit_code = 4


class DeliveryRefused(ContractError):
    """A delivered file cannot be read at all under its contract; it is kept in the vault.

    `rule` is a short code (`encoding`, `header`, `empty`, ...), `row` and `column` a place where one is known.
    """

    def __init__(
        self, rule: str, message: str, *, next_step: str, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.rule = rule
        self.row = row
        self.column = column


class SourceRefused(ContractError):
    """The answer of a source system cannot be used. `rule` is a short code (`json`, `envelope`, `code`, ...)."""

    def __init__(self, rule: str, message: str, *, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.rule = rule


class SourceUnavailable(SourceRefused):
    """A source system did not answer, and may well do so later."""

    transient = True


class TargetRefused(ContractError):
    """A server that we push to refuses what it is asked. `rule` is a short code (`password`, `rights`, `view`, ...)."""

    def __init__(self, rule: str, message: str, *, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.rule = rule


class TargetUnavailable(TargetRefused):
    """A server that we push to cannot do it now, and may well later."""

    transient = True


class GateBlocked(CitypulseError):
    """A blocking check failed: the build may not be published."""

    exit_code = 5


class BuildFailed(CitypulseError):
    """A model or a test of the warehouse failed: the build may not be published."""

    exit_code = 5


class WarehouseBusy(CitypulseError):
    """Another writer is at work."""

    exit_code = 6
    transient = True


class IntegrityError(CitypulseError):
    """A stored file is not what was written."""

    exit_code = 7


class DeliveriesRefused(ContractError):
    """`count` deliveries of one run were refused; what else waited has landed."""

    def __init__(self, message: str, *, next_step: str = "", count: int = 0) -> None:
        super().__init__(message, next_step=next_step)
        self.count = count


def raise_refusals(messages: list[str]) -> None:
    """Raise DeliveriesRefused when there were any: what else waited has landed, but the sender must be asked."""
    if messages:
        raise DeliveriesRefused(
            f"{len(messages)} deliveries were refused and stay in the vault. {' '.join(messages)}",
            next_step="deal with each as its message says; `citypulse status` lists them.",
            count=len(messages),
        )
