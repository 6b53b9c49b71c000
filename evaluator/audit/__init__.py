"""Audits: questions about a submission's number that its accuracy does not answer.

    trial                          what it answers, beside the trial as scored
    as scored                      deadline margin
    again, in other calls          transduction and determinism, where both give the same
    once more, asked both ways     which of the two it is, where they do not
    another seed                   seed use
    shuffled labels                label permutation
    (none)                         near-duplicates, a property of the instance

Every trial is a real one, under the track's limits. `docs/audits.md` says what a finding means.
"""

from .audit import Audit, audit
from .finding import Finding, Status
from .trials import AuditTrial, AuditWatcher

__all__ = ["Audit", "AuditTrial", "AuditWatcher", "Finding", "Status", "audit"]
