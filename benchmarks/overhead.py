"""What the harness itself costs, against the same work in bare scripts, in one run.

    python benchmarks/overhead.py [--data PATH] [--rounds N] [--ramp PATH/TO/ramp-test]

A constant submission, and one that imports torch, on five final instances of cifar10-100 (of
digits-100 where no CIFAR-10 is named), all from the same images, uncompressed in an .npz: decoding
is no cost of the harness. What it takes from your own source stands in the first lines.

- `bare`: one script draws the five instances and runs the submission in its own process;
- `fresh`: five fresh interpreters, one an instance, which load numpy and the submission and run
  it: the child's own imports and work, without any harness;
- `subkit`: `subkit score`, every trial isolated and supervised;
- `resumed`: the same command where nothing is left to run: all that is beyond the trials;
- `ramp`: RAMP's `ramp-test` on the same five instances in one process, without isolation; they
  are drawn for it beforehand.

Then a trial of half a minute, and the CPU time that supervisor and evaluator take meanwhile.
Each figure is the smallest of several rounds, which alternate: these are costs, and whatever else
the machine does can only add to them.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from evaluator.datasets import open_dataset
from evaluator.instances import draw
from evaluator.machine import describe_machine
from evaluator.track import open_track

INSTANCES = range(1, 6)
LONG = 30.0
"""Seconds of the long trial."""

CONSTANT = """\
import numpy as np

def train(images, labels, *, seed):
    return lambda images: np.zeros(len(images), int)
"""

TORCH = """\
import torch

def train(images, labels, *, seed):
    return lambda images: torch.zeros(len(images), dtype=torch.int64)
"""

BUSY = f"""\
import time

def train(images, labels, *, seed):
    end = time.monotonic() + {LONG}
    while time.monotonic() < end:
        sum(range(10_000))
    return lambda images: [0] * len(images)
"""

DRAW = """\
import sys
from evaluator.datasets import open_dataset
from evaluator.instances import draw
from evaluator.track import open_track
track = open_track(sys.argv[1])
dataset = open_dataset(track.dataset)
for seed in range(1, 6):
    draw(track, dataset, "final", seed)
"""

BARE = """\
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import numpy as np
import submission
from evaluator.datasets import open_dataset
from evaluator.instances import draw
from evaluator.track import open_track
track = open_track(sys.argv[2])
dataset = open_dataset(track.dataset)
for seed in range(1, 6):
    instance = draw(track, dataset, "final", seed)
    predict = submission.train(instance.train_images, instance.train_labels, seed=seed)
    print(np.mean(np.asarray(predict(instance.test_images)) == instance.test_labels))
"""

FRESH = """\
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import submission
images = np.zeros((100, 32, 32, 3), np.uint8)
predict = submission.train(images, np.zeros(100, int), seed=1)
for _ in range(4):
    np.asarray(predict(np.zeros((500, 32, 32, 3), np.uint8)))
"""

RAMP_PROBLEM = """\
import os
import numpy as np
import rampwf

problem_title = "overhead"
Predictions = rampwf.prediction_types.make_multiclass(label_names=list(range(10)))
workflow = rampwf.workflows.Estimator()
score_types = [rampwf.score_types.Accuracy(name="accuracy")]

def get_data(path):
    with np.load(os.path.join(path, "data.npz")) as data:
        return data["images"], data["labels"]

def get_train_data(path="."):
    return get_data(path)

def get_test_data(path="."):
    images, labels = get_data(path)
    return images[:10], labels[:10]

def get_cv(images, labels):
    whole = len(images) // 5
    for fold in range(5):
        rows = np.arange(fold * whole, (fold + 1) * whole)
        yield rows[:100], rows[100:]
"""

RAMP_ESTIMATOR = """\
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

class Constant(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        scores = np.zeros((len(X), 10))
        scores[:, 0] = 1
        return scores

def get_estimator():
    return Constant()
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="else SUBKIT_DATA")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ramp", type=Path, help="the ramp-test of an environment that has RAMP")
    arguments = parser.parse_args()
    if arguments.data:
        os.environ["SUBKIT_DATA"] = str(arguments.data)
    track = _track()
    machine = describe_machine()
    print(f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, "
          f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}; {track}, "
          f"smallest of {arguments.rounds} rounds")  # fmt: skip
    seconds = min(_seconds([[sys.executable, "-c", DRAW, track]]) for _ in range(3))
    source = open_dataset(open_track(track).dataset).source
    print(f"drawing the five instances from {source}: {seconds:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if track != "digits-100":
            os.environ["SUBKIT_DATA"] = str(_as_arrays(root, track))
        _compare("constant", CONSTANT, track, root, arguments)
        _compare("imports torch", TORCH, track, root, arguments)
        _watch_a_long_trial(root)


def _track() -> str:
    if os.environ.get("SUBKIT_DATA"):
        return "cifar10-100"
    print("no CIFAR-10: name it by --data or SUBKIT_DATA")
    return "digits-100"


def _as_arrays(root: Path, track_name: str) -> Path:
    """Write the test split into an .npz; of the train split, which nobody draws from, a little."""
    dataset = open_dataset(open_track(track_name).dataset)
    arrays = {}
    for split, most in (("train", 10), ("test", 10**6)):
        picks = [
            (label, position)
            for label, count in enumerate(dataset.counts(split))
            for position in range(min(count, most))
        ]
        arrays[f"x_{split}"] = dataset.images(split, picks)
        arrays[f"y_{split}"] = np.array([label for label, _ in picks])
    np.savez(root / "images.npz", allow_pickle=False, **arrays)
    return root / "images.npz"


def _compare(name: str, code: str, track: str, root: Path, arguments: argparse.Namespace) -> None:
    folder = _submission(root / name.replace(" ", "-"), code)
    ways: dict[str, list[list[str]]] = {
        "bare": [[sys.executable, "-c", BARE, str(folder), track]],
        "fresh": [[sys.executable, "-P", "-c", FRESH, str(folder)]] * len(INSTANCES),
        "subkit": [_score(folder, track, root, "--fresh")],
        "resumed": [_score(folder, track, root)],
    }
    if arguments.ramp and code is CONSTANT:
        kit = _ramp_kit(root / "ramp", track)
        ways["ramp"] = [[str(arguments.ramp), "--ramp-kit-dir", str(kit), "--ramp-data-dir",
                         str(kit), "--ramp-submission-dir", str(kit / "submissions")]]  # fmt: skip
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(arguments.rounds):
        for way, commands in ways.items():
            best[way] = min(best[way], _seconds(commands))
    a_trial = (best["subkit"] - best["resumed"] - best["fresh"]) / len(INSTANCES)
    print(f"\n{name}: five trials")
    for way, seconds in best.items():
        print(f"  {way:8} {seconds:6.2f} s   {best['subkit'] / seconds:5.2f} x  (subkit / {way})")
    print(f"  harness, a trial beyond the child's own imports and work: {a_trial:.3f} s")
    print(f"  harness, beyond the trials: {best['resumed']:.3f} s")


def _watch_a_long_trial(root: Path) -> None:
    folder = _submission(root / "busy", BUSY)
    evaluator = subprocess.Popen(
        _score(folder, "digits-100", root, "--instances", "1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(5)  # until it trains
    parent = psutil.Process(evaluator.pid)
    (supervisor,) = parent.children()
    (child,) = supervisor.children()

    def used(process: psutil.Process) -> float:
        return process.cpu_times().user + process.cpu_times().system

    watched = {"evaluator": parent, "supervisor": supervisor, "submission": child}
    before = {name: used(process) for name, process in watched.items()}
    started = time.monotonic()
    time.sleep(LONG - 10)
    wall = time.monotonic() - started
    print(f"\na trial of {LONG:.0f} s, of one core:")
    for name, process in watched.items():
        print(f"  {name:10} {(used(process) - before[name]) / wall:7.2%}")
    evaluator.wait()


def _submission(folder: Path, code: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "submission.py").write_text(code)
    (folder / "submission.yaml").write_text("entry: submission:train\n")
    return folder


def _score(folder: Path, track: str, root: Path, *options: str) -> list[str]:
    out = str(root / "runs" / folder.name)
    subkit = str(Path(sys.executable).with_name("subkit"))
    return [subkit, "score", str(folder), "--track", track, "--phase", "final", "--out", out,
            *options]  # fmt: skip


def _ramp_kit(kit: Path, track_name: str) -> Path:
    track = open_track(track_name)
    dataset = open_dataset(track.dataset)
    drawn = [draw(track, dataset, "final", seed) for seed in INSTANCES]
    (kit / "submissions" / "starting_kit").mkdir(parents=True)
    (kit / "problem.py").write_text(RAMP_PROBLEM)
    (kit / "submissions" / "starting_kit" / "estimator.py").write_text(RAMP_ESTIMATOR)
    images = np.concatenate([x for i in drawn for x in (i.train_images, i.test_images)])
    labels = np.concatenate([y for i in drawn for y in (i.train_labels, i.test_labels)])
    np.savez(kit / "data.npz", images=images.reshape(len(images), -1), labels=labels)
    return kit


def _seconds(commands: list[list[str]]) -> float:
    started = time.monotonic()
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - started


if __name__ == "__main__":
    main()
