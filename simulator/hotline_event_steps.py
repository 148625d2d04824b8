"""Which moments of a city case the event feed tells of, in lawful order, and what each event says beside its moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NO_ONE, FIRST, SECOND, CO, SECOND_CO, LEAD = range(6)
Word = Literal["", "lead", "co"]


@dataclass(frozen=True)
class Step:
    """One kind of event: our word for it, the moment it tells of, whose it is, and the deadline it states."""

    word: str
    moment: str
    unit: int = NO_ONE
    role: Word = ""
    due: str = ""


STEPS = (
    Step("received", "received"),
    Step("supplement_asked", "supplement_asked"),
    Step("answered", "answered"),
    Step("out_of_jurisdiction", "not_ours"),
    Step("voided", "voided"),
    Step("merged", "merged"),
    Step("unmerged", "unmerged"),
    Step("dispatched", "dispatched", FIRST, "lead", "due"),
    Step("signed", "signed", FIRST),
    Step("co_assigned", "co_assigned", CO, "co", "due_co_assigned"),
    Step("co_assigned", "second_co_assigned", SECOND_CO, "co", "due_second_co_assigned"),
    Step("return_requested", "return_requested", FIRST),
    Step("return_approved", "return_approved", FIRST),
    Step("return_rejected", "return_rejected", FIRST),
    Step("redispatched", "redispatched", SECOND, "lead", "due_redispatched"),
    Step("signed", "signed_anew", SECOND),
    Step("contacted", "contacted", LEAD),
    Step("urged", "urged"),
    Step("supervised", "supervised", LEAD),
    Step("extension_requested", "extension_requested", LEAD),
    Step("extension_approved", "extension_approved", LEAD, due="due_extended"),
    Step("extension_rejected", "extension_rejected", LEAD),
    Step("marked_hard", "marked_hard", LEAD),
    Step("suspended", "suspended", LEAD),
    Step("resumed", "resumed", LEAD),
    Step("unreasonable_requested", "unreasonable_requested", LEAD),
    Step("unreasonable_approved", "unreasonable_approved", LEAD),
    Step("replied", "co_replied", CO, "co"),
    Step("replied", "replied", LEAD, "lead"),
    Step("out_of_jurisdiction", "refused", LEAD),
    Step("finished", "done", LEAD, "lead"),
    Step("finished", "co_finished", CO, "co"),
    Step("callback_attempted", "attempted"),
    Step("callback_result", "called"),
    Step("reopened", "reopened", LEAD, due="due_again"),
    Step("dispatched", "dispatched_again", LEAD, "lead", "due_again"),
    Step("finished", "refinished", LEAD, "lead"),
    Step("callback_result", "called_again"),
    Step("closed", "closed"),
    Step("appealed", "appealed", LEAD),
    Step("appeal_upheld", "upheld"),
)
SERIALS = {step.moment: serial for serial, step in enumerate(STEPS)}
EXTENDING = ("extension_requested", "extension_approved", "extension_rejected")
