"""What the kit's commands take: `check` of 20 files, `pack` of 1 MB, `--help` of each verb.

    python benchmarks/kit.py [--rounds N] [--files N]

The files are the baselines' own modules, once each and then again under other names, all of them
imported; in a folder and in its zip.

- `command`: `subkit check PATH` as a new process, from its start to its end;
- `in process`: `checks.check` in a process that has everything loaded.

Each figure is the smallest of several rounds: whatever else the machine does can only add to it.
Python keeps what it compiled of our code, as it does wherever a package is installed.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from evaluator.machine import describe_machine, load_average
from evaluator.rules import rules_of
from evaluator.track import open_track
from submission_kit.checks import check
from submission_kit.cli import GROUP

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure, and print a line a case."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--files", type=int, default=20)
    given = options.parse_args()
    rules = rules_of(open_track("cifar10-100"))
    machine = describe_machine()
    about = f"{machine['cpu']}, {machine['cores']} cores, load {load_average()}"
    print(f"{about}, Python {platform.python_version()}, smallest of {given.rounds} rounds")
    with tempfile.TemporaryDirectory() as place:
        folder = write_submission(Path(place, "submission"), given.files)
        sources = list(folder.glob("*.py"))
        lines = sum(len(path.read_text().splitlines()) for path in sources)
        print(f"{len(sources)} Python files, {lines} lines")
        for name, path in (("folder", folder), ("zip", pack(folder))):
            seconds = smallest(given.rounds, partial(run_command, path))
            print(f"  {name:8} command    {seconds:6.3f} s")
            seconds = smallest(given.rounds, partial(check, path, rules))
            print(f"  {name:8} in process {seconds:6.3f} s")
        large = write_submission(Path(place, "large"), given.files)
        (large / "table.csv").write_text("0123456789abcde\n" * 2**16)
        out = str(Path(place, "large.zip"))
        words = ["pack", str(large), "-o", out, "--force"]
        print(f"pack of 1 MB: {smallest(given.rounds, partial(run, words)):.3f} s")
    for verb in ["", *sorted(entry.name for entry in entry_points(group=GROUP))]:
        seconds = smallest(given.rounds, partial(run, [*verb.split(), "--help"]))
        print(f"{verb} --help: {seconds:.3f} s".strip())


def write_submission(folder: Path, files: int) -> Path:
    """Write a submission of so many Python files."""
    folder.mkdir()
    modules = sorted(ROOT.glob("baselines/common/*.py"))
    names = []
    for number in range(files - 1):
        source = modules[number % len(modules)]
        again = number // len(modules)
        names.append(source.stem + f"_{again}" * bool(again))
        (folder / f"{names[-1]}.py").write_text(source.read_text())
    imports = "".join(f"import {name}  # noqa: F401\n" for name in names)
    train = "def train(images, labels):\n    return lambda images: [0] * len(images)\n"
    (folder / "submission.py").write_text(imports + train)
    (folder / "submission.yaml").write_text("entry: submission:train\n")
    return folder


def pack(folder: Path) -> Path:
    """Write its zip beside it."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for each in sorted(folder.iterdir()):
            file.write(each, each.name)
        file.writestr("metadata", "description: for the benchmark\n")
    return path


def run_command(path: Path) -> None:
    """Run `subkit check` as people do."""
    run(["check", str(path)])


def run(words: list[str]) -> None:
    """Run a command as people do."""
    code = "from submission_kit.cli import main; main()"
    nowhere = subprocess.DEVNULL
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code, *words]
    subprocess.run(command, stdout=nowhere, stderr=nowhere, env=environment, check=True)


def smallest(rounds: int, work: Callable[[], object]) -> float:
    """Return the seconds of the quickest round."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


if __name__ == "__main__":
    main()
