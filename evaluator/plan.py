"""What a trial is given, what comes of it, and who looks on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from submission_kit.arrays import Embeddings, Predictions

from .isolation import NONE, Isolation
from .limits import Limits
from .series import Series
from .verdict import Verdict

BATCH = 500
"""Test images in one call of predict; the script form is given all at once."""


class Watcher(Protocol):
    """Somebody who looks on while trials run."""

    def trial_moved(self, seed: int, kind: str, what: Mapping[str, Any]) -> None:
        """Learn of a `phase`, a `sample`, the submission's `progress` or a `checkpoint`."""
        ...


@dataclass(frozen=True)
class Plan:
    """What a trial is given beside its instance.

    budget: seconds of wall-clock time after which it is stopped.
    share: seconds that the submission is told it has.
    calls: the positions of the test images in each call of predict; by default each image once,
        in order, at most BATCH a call.
    isolation: how the child is confined, see `isolation.choose`.
    embed: whether embeddings are asked for, of a submission that offers them; with checkpoints.
    """

    limits: Limits
    budget: float
    share: float
    checkpoints: bool
    calls: tuple[tuple[int, ...], ...] = ()
    isolation: Isolation = NONE
    embed: bool = False


@dataclass
class Outcome:
    """What came of a trial.

    predictions: in the order of the instance's test images, or of the plan's calls; None unless
        the verdict is ok.
    ended: the supervisor's last word; empty where it never spoke.
    embeddings: `before`, of the first checkpoint, and `after` training, as far as they were asked
        for and offered: float32 [N + M, D], of the N training and the M test images.
    interrupted: somebody pressed Ctrl-C, though perhaps too late to change the verdict.
    given_up: why nobody waited any longer for the supervisor, if it was so.
    """

    verdict: Verdict
    predictions: Predictions | None = None
    form: str = ""
    ended: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    samples: Series = field(default_factory=Series)
    progress: Series = field(default_factory=Series)
    checkpoints: Series = field(default_factory=Series)
    embeddings: dict[str, Embeddings] = field(default_factory=dict)
    interrupted: bool = False
    given_up: str = ""
