"""Options that several verbs share, and the kinds of values they take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from submission_kit.quantities import parse_duration, parse_size


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
        except (ValueError, yaml.YAMLError):
            self.fail(f"expected NAME=VALUE such as epochs=20, got {value!r}", param, ctx)


DURATION = Quantity("duration", parse_duration)
SIZE = Quantity("size", parse_size)

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The images: a folder or zip of images, a .npz, or the original files. "
    "Else the environment variable SUBKIT_DATA.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
