"""Many trials in a row: what is left of them, and whether the evaluator grows.

    python benchmarks/soak.py [--trials N] [--isolation auto|none]

Trials of five kinds in turns, well-behaved and not: one that answers, one that leaves a daemon and
files in every folder it can write to and in /dev/shm, one that is stopped at its limit, one that
raises, one that prints ten megabytes. Counted before, after a fifth, and at the end: processes,
files in the temporary folder and in /dev/shm, control groups, open descriptors, threads, memory.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from trials import describe, small_instance

from evaluator.isolation import cgroups
from evaluator.isolation.choose import choose
from evaluator.isolation.linux import guarded
from evaluator.limits import Limits
from evaluator.plan import Plan
from evaluator.private import TOKEN
from evaluator.trial import run_trial
from submission_kit.submission import Submission, open_submission
from submission_kit.yamlfile import Duration

KINDS = {
    "ok": "def train(*_):\n    return lambda images: [0] * len(images)\n",
    "leaves": """\
import os, tempfile, time
from pathlib import Path

def train(*_):
    for folder in (Path.home(), Path(tempfile.gettempdir()), Path.cwd(), Path("/dev/shm")):
        (folder / f"left-{os.getpid()}").write_bytes(bytes(10_000))
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    return lambda images: [0] * len(images)
""",
    "timeout": "import time\ndef train(*_):\n    time.sleep(60)\n",
    "error": "def train(*_):\n    raise ValueError('no idea')\n",
    "noisy": """\
def train(*_):
    print("x" * 10_000_000)
    return lambda images: [0] * len(images)
""",
}
VERDICTS = {"leaves": "ok", "noisy": "ok"}
LIMIT = 0.7


def main() -> None:
    """Run and print; exit 1 where something is left."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--isolation", choices=["auto", "none"], default="auto")
    arguments = parser.parse_args()
    isolation = choose(arguments.isolation)
    print(describe(f"{arguments.trials} trials, isolation: {isolation.files or 'none'}"))
    with tempfile.TemporaryDirectory() as root, guarded():
        tempfile.tempdir = str(Path(root, "tmp"))
        Path(tempfile.tempdir).mkdir()
        submissions = {name: _submission(Path(root, name), code) for name, code in KINDS.items()}
        small_instance()
        counts = [_count()]
        started = time.monotonic()
        for number in range(arguments.trials):
            name = list(KINDS)[number % len(KINDS)]
            wall = LIMIT if name == "timeout" else 60.0
            plan = Plan(Limits(wall=Duration(wall)), wall, wall, False, isolation=isolation)
            outcome = run_trial(submissions[name], small_instance(), plan)
            assert outcome.verdict.name == VERDICTS.get(name, name), outcome.verdict
            if number in (arguments.trials // 5, arguments.trials - 1):
                counts.append(_count())
        seconds = time.monotonic() - started
    print(f"{seconds / arguments.trials:.2f} s a trial")
    for name in counts[0]:
        print(f"  {name:22} " + " -> ".join(f"{count[name]:,}" for count in counts))
    left = [name for name in counts[0] if name != "memory" and counts[-1][name] > counts[0][name]]
    grown = counts[-1]["memory"] - counts[1]["memory"]
    print(f"left: {', '.join(left) or 'nothing'}; memory since the first fifth: {grown:+,} bytes")
    sys.exit(bool(left))


def _count() -> dict[str, int]:
    gc.collect()
    time.sleep(0.3)  # threads of the last trial end
    place = cgroups.find() or {}
    groups = {path for base in place.values() for path in Path(base).glob("subkit-*")}
    process = psutil.Process()
    return {
        "processes": len(process.children(recursive=True)),
        "processes of all": len([p for p in psutil.process_iter() if _is_ours(p)]),
        "temporary files": sum(1 for _ in Path(tempfile.gettempdir()).rglob("*")),
        "shared-memory objects": sum(1 for _ in Path("/dev/shm").iterdir()),
        "control groups": len(groups),
        "descriptors": process.num_fds(),
        "threads": threading.active_count(),
        "memory": process.memory_info().rss,
    }


def _is_ours(process: psutil.Process) -> bool:
    try:
        return TOKEN in process.environ()
    except psutil.Error:
        return False


def _submission(folder: Path, code: str) -> Submission:
    folder.mkdir()
    (folder / "submission.py").write_text(code)
    (folder / "submission.yaml").write_text("entry: submission:train\n")
    return open_submission(folder)


if __name__ == "__main__":
    main()
