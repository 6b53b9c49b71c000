"""What the kit's commands take: `check` of some 20 files, `pack` of 1 MB, `--help` of each verb.

    python benchmarks/kit.py [--rounds N]

The files are those of the largest baseline; in a folder and in its zip.

- `command`: `subkit check PATH` as a new process, from its start to its end;
- `in process`: `checks.check` in a process that has everything loaded.

Each figure is the smallest of several rounds: whatever else the machine does can only add to it.
Python keeps what it compiled of our code, as it does wherever a package is installed.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import zipfile
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from commands import run, smallest

from evaluator.machine import describe_machine, load_average
from evaluator.rules import rules_of
from evaluator.track import open_track
from submission_kit.checks import check
from submission_kit.cli import GROUP
from submission_kit.submission import open_submission

BASELINE = Path(__file__).parents[1] / "baselines" / "flagship"


def main() -> None:
    """Measure, and print a line a case."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    rules = rules_of(open_track("cifar10-100"))
    machine = describe_machine()
    about = f"{machine['cpu']}, {machine['cores']} cores, load {load_average()}"
    print(f"{about}, Python {platform.python_version()}, smallest of {given.rounds} rounds")
    with tempfile.TemporaryDirectory() as place:
        folder = write_submission(Path(place, "submission"))
        sources = list(folder.glob("*.py"))
        lines = sum(len(path.read_text().splitlines()) for path in sources)
        print(f"{len(sources)} Python files, {lines} lines")
        for name, path in (("folder", folder), ("zip", pack(folder))):
            seconds = smallest(given.rounds, partial(run, ["check", str(path)]))
            print(f"  {name:8} command    {seconds:6.3f} s")
            seconds = smallest(given.rounds, partial(check, path, rules))
            print(f"  {name:8} in process {seconds:6.3f} s")
        large = write_submission(Path(place, "large"))
        (large / "table.csv").write_text("0123456789abcde\n" * 2**16)
        out = str(Path(place, "large.zip"))
        words = ["pack", str(large), "-o", out, "--force"]
        print(f"pack of 1 MB: {smallest(given.rounds, partial(run, words)):.3f} s")
    for verb in ["", *sorted(entry.name for entry in entry_points(group=GROUP))]:
        seconds = smallest(given.rounds, partial(run, [*verb.split(), "--help"]))
        print(f"{verb} --help: {seconds:.3f} s".strip())


def write_submission(folder: Path) -> Path:
    """Write the largest baseline as a folder that stands alone."""
    folder.mkdir()
    for name, path in open_submission(BASELINE).files.items():
        (folder / name).write_bytes(path.read_bytes())
    said = (folder / "submission.yaml").read_text()
    (folder / "submission.yaml").write_text(said.partition("include:")[0])
    return folder


def pack(folder: Path) -> Path:
    """Write its zip beside it."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for each in sorted(folder.iterdir()):
            file.write(each, each.name)
        file.writestr("metadata", "description: for the benchmark\n")
    return path


if __name__ == "__main__":
    main()
