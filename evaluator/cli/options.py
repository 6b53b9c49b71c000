"""Options that several verbs share, and the kinds of values they take."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from submission_kit.quantities import parse_duration, parse_size

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from evaluator.track import Track

DEFAULT_TRACK = "digits-100"


class Quantity(click.ParamType[float]):
    """A duration or a size, as people write it."""

    def __init__(self, name: str, parse: Callable[[str], float]) -> None:
        self.name = name
        self._parse = parse

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds, or bytes."""
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Instances(click.ParamType[list[int]]):
    """Instance numbers: `3`, `1,2`, `1-5`."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        """Return the numbers in order."""
        numbers: set[int] = set()
        for part in str(value).split(","):
            first, _, last = part.partition("-")
            try:
                start, end = int(first), int(last or first)
            except ValueError:
                start, end = 0, 0
            if not 1 <= start <= end <= start + 10_000:
                expected = "expected numbers from 1 such as 3, 1,2 or 1-5"
                self.fail(f"{expected}, got {value!r}", param, ctx)
            numbers |= set(range(start, end + 1))
        return sorted(numbers)


class Parameter(click.ParamType[tuple[str, Any]]):
    """A submission's parameter: `NAME=VALUE`, with the value in YAML."""

    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        """Return name and value."""
        import yaml

        name, equals, text = str(value).partition("=")
        try:
            if not equals or not name:
                raise ValueError
            return name, yaml.safe_load(text)
        # PyYAML lets through what comes of a value that is not of its tag, such as 2024-13-01.
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, yaml.YAMLError):
            self.fail(f"expected NAME=VALUE such as epochs=20, got {value!r}", param, ctx)


DURATION = Quantity("duration", parse_duration)
SIZE = Quantity("size", parse_size)

submission_argument = click.argument("submission", type=click.Path(path_type=Path))


def _tracks(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a shipped track, or a file."""
    from click.shell_completion import CompletionItem

    from evaluator.track import names

    fitting = [CompletionItem(name) for name in names() if name.startswith(incomplete)]
    return fitting or [CompletionItem(incomplete, type="file")]


track_option = click.option(
    "--track",
    metavar="NAME|FILE",
    shell_complete=_tracks,
    help="Else the track that submission.yaml names.",
)
platform_option = click.option(
    "--platform",
    type=click.Choice(["codalab", "codabench", "both"]),
    help="Where it is to be uploaded; else both, and codalab where a script is packed.",
)
phase_option = click.option("--phase", default="dev", show_default=True)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The images: a folder or zip of images, a .npz, or the original files. "
    "Else the environment variable SUBKIT_DATA.",
)
wall_option = click.option(
    "--wall", type=DURATION, help="Replaces the track's wall-clock limit: 2h, 90 s."
)
memory_option = click.option("--memory", type=SIZE, help="Replaces the track's memory limit: 8 GB.")
threads_option = click.option(
    "--threads", type=click.IntRange(min=1), help="Replaces the track's threads."
)
isolation_option = click.option(
    "--isolation",
    type=click.Choice(["auto", "strict", "none"]),
    default="auto",
    show_default=True,
    help="strict refuses to score where a submission could read what is not its business.",
)
params_option = click.option(
    "-p", "--param", "params", multiple=True, type=Parameter(), help="Replaces a param: epochs=20."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")

_Command = TypeVar("_Command", bound=Callable[..., Any])


def trial_options(command: _Command) -> _Command:
    """Take what says of which submission trials are run, on what, and how."""
    options = (
        submission_argument,
        track_option,
        phase_option,
        data_option,
        wall_option,
        memory_option,
        threads_option,
        isolation_option,
        params_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def with_limits(track: Track, **values: Any) -> Track:
    """Return the track with those of its limits replaced that are given."""
    given = {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(track, limits=dataclasses.replace(track.limits, **given))
