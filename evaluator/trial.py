"""A trial: one submission on one instance, seen from the parent.

    parent (trusted)            supervisor (trusted)          child (untrusted)
     private folder
     START, training images ───▶ clock, limits, samples ─────▶ load, train
            ◀──────────────── progress, checkpoint, trained ──
     test images, in batches ───────────────────────────────▶ predict
            ◀──────────────────────────────── predictions ────
            ◀── log, usage, cause ── kills the whole tree
     judges, with labels that never left this process

Checkpoints are scored here too, off the clock, in the same way.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from submission_kit.arrays import predictions_bound
from submission_kit.errors import ConfigError
from submission_kit.submission import Submission

from .conversation import Conversation
from .instances import Instance
from .isolation import bubblewrap, cgroups, linux, paths
from .plan import BATCH, Outcome, Plan, Watcher
from .private import OWN, environment, private_folder
from .processes import end_strays, strays
from .supervise import KILL_PATIENCE
from .supervisor_process import SupervisorProcess
from .verdict import Verdict


def run_trial(
    submission: Submission,
    instance: Instance,
    plan: Plan,
    watcher: Watcher | None = None,
    supervisor: SupervisorProcess | None = None,
) -> Outcome:
    """Run one submission on one instance, and leave no process and no file behind.

    supervisor: one that was started beforehand, which saves its start; else a new one.

    Ctrl-C ends the trial, and the outcome says so.
    """
    supervisor = supervisor or SupervisorProcess(plan.isolation)
    process = supervisor.process
    plan = replace(plan, calls=plan.calls or _calls(submission, instance))
    with ExitStack() as stack:
        stack.enter_context(closing(supervisor))
        user = _nobody() if plan.isolation.drop else None
        private = stack.enter_context(private_folder(submission, user))
        job = _job(submission, instance, plan, private, user)
        others = {stray.pid for stray in strays(())}
        try:
            outcome = Conversation(supervisor, job, instance, plan, watcher).hold()
            if not outcome.ended:
                process.kill()  # stopped, or not itself any more; its child dies with it
        finally:
            supervisor.close()
            if process.returncode != 0:
                end_strays(others, KILL_PATIENCE)
                cgroups.clear(private.name)
    if not outcome.ended and not outcome.interrupted:
        said = supervisor.last_words
        lines = said.splitlines() or [outcome.given_up or _how_it_left(process.returncode)]
        reason = f"the supervisor failed: {lines[-1]}"
        outcome.verdict = Verdict("harness-error", "", reason, traceback=said)
    return outcome


def _nobody() -> int:
    """Return a user for root's child to become: never would it stay root for want of one."""
    user = linux.unused_user()
    if user is None:
        raise ConfigError("no user number is free for a trial to run as", "Score as another user.")
    return user


def _how_it_left(status: int) -> str:
    if status >= 0:
        return f"it left with status {status}"
    return f"it was ended by signal {-status}"


def _calls(submission: Submission, instance: Instance) -> tuple[tuple[int, ...], ...]:
    every = tuple(range(len(instance.test_images)))
    size = len(every) if submission.commands else BATCH  # a script trains anew in each call
    return tuple(every[i : i + size] for i in range(0, len(every), size))


def _job(
    submission: Submission, instance: Instance, plan: Plan, private: Path, user: int | None = None
) -> dict[str, Any]:
    """Say all that supervisor and child need to know, and nothing that tells the instance.

    user: whom the child becomes, if not the supervisor's own.
    """
    classes = len(instance.class_names)
    seen = Path(bubblewrap.INSIDE) if plan.isolation.files == "bubblewrap" else private / OWN
    return {
        "private": str(private),
        "own": str(private / OWN),
        "user": user,
        "isolation": plan.isolation._asdict(),
        "readable": paths.readable(),
        "listable": paths.listable(),
        "cwd": str(seen / "code"),
        "env": environment(private.name, seen, plan.limits.threads),
        "command": [
            sys.executable,
            "-P",
            "-c",
            "from submission_kit.child import main; main()",
        ],
        "limits": {
            "wall": plan.budget,
            "memory": plan.limits.memory,
            "processes": plan.limits.processes,
            "threads": plan.limits.threads,
            "file_size": plan.limits.file_size,
            "disk": plan.limits.disk,
            "files": plan.limits.files,
        },
        "batches": len(plan.calls),
        "predictions_bound": predictions_bound(max(map(len, plan.calls)), classes),
        "child": {
            "folder": str(seen / "code"),
            "entry": submission.entry,
            "commands": submission.commands,
            "params": submission.params,
            "classes": classes,
            "seed": instance.training_seed,
            "threads": plan.limits.threads,
            "deadline": plan.share,
            "checkpoints": plan.checkpoints,
            "embed": plan.embed and plan.checkpoints,
        },
    }
