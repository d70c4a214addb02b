"""What a computer of a case did, beside the simulator."""

from __future__ import annotations

from dataclasses import dataclass

EQUAL, REFUSED, KNOWN, DIFFERS, FAILED = "equal", "refused", "known", "differs", "failed"
FINDINGS = (DIFFERS, FAILED)
"""Outcomes that are faults of edgeq, or unknown ones of an interpreter."""


@dataclass(frozen=True)
class Outcome:
    """status: `equal`, `refused` (the interpreter does not run such a model), `known` (it differs as
    edgeq's table of known differences says), `differs`, or `failed` (it crashed, or edgeq itself
    raised an error). why: of all but `equal`.
    """

    computer: str
    status: str
    why: str = ""
    elements: int = 0

    @property
    def finding(self) -> bool:
        return self.status in FINDINGS
