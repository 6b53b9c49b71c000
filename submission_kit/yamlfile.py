"""YAML files read into dataclasses, with every fault named by its line.

PyYAML's nodes know their lines. A field's type says what may stand there: text, true or false, a
list as `tuple[X, ...]`, a mapping as `dict[str, X]` or another dataclass, a `Literal`, or one of
the types below.
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, NewType, TypeVar, cast

import yaml

from .errors import ConfigError, SubkitError
from .plain import MAX_DEPTH, plain
from .quantities import parse_duration, parse_size

T = TypeVar("T")
Key = tuple[str | int, ...]

MAX_KEYS = 10_000
"""Keys and items of a file, each counted as often as aliases repeat it, which can be very often."""

Duration = NewType("Duration", float)
"""Seconds, written `2h` or `90 s`."""

Size = NewType("Size", int)
"""Bytes, written `8 GB` or `512 MiB`."""

Count = NewType("Count", int)
"""A whole number of at least 1."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a file. Lines and columns count from 1."""

    line: int
    column: int
    message: str


class Faults(Exception):
    """All that is wrong in a file, in the order of its lines."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        faults = sorted(faults, key=lambda fault: (fault.line, fault.column))
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{path}:{f.line}:{f.column}: {f.message}" for f in faults))


def read(path: Path, form: type[T], error: type[SubkitError] = ConfigError) -> T:
    """Read the file into the dataclass `form`.

    Raises:
        error: the file cannot be read, is no YAML, or is not of that form; its message has a line
            `path:line:column: what` for every fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise error(f"{path}: cannot be read: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise error(f"{path}: is not UTF-8 text ({fault.reason} at byte {fault.start})") from fault
    try:
        return parse(text, form, path)
    except Faults as faults:
        raise error(str(faults)) from None


def parse(text: str, form: type[T], path: Path) -> T:
    """Read YAML text into the dataclass `form`; `path` is for messages alone.

    Raises:
        Faults: all that is wrong.
    """
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        marks, faults = _marks(node)
        data = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Faults(path, [Fault(line, column, str(error.problem))]) from None
    except yaml.YAMLError as error:
        raise Faults(path, [Fault(1, 1, str(error))]) from None
    except RecursionError:
        raise Faults(path, [Fault(1, 1, _TOO_DEEP)]) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # PyYAML passes on what comes of a value that is not of its tag: 2024-13-01, !!bool x.
        raise Faults(path, [Fault(1, 1, f"a value that YAML cannot read ({error})")]) from error
    result = _structure(data, form, (), lambda key, what: faults.append(_at(key, what, marks)))
    if faults:
        raise Faults(path, faults)
    return cast(T, result)


def _at(key: Key, message: str, marks: dict[Key, tuple[int, int]]) -> Fault:
    """Place a fault at its key, or at the nearest parent that stands in the file."""
    place = key
    while place not in marks and place:
        place = place[:-1]
    name = ".".join(str(part) for part in key)
    return Fault(*marks.get(place, (1, 1)), f"{name}: {message}" if name else message)


def _marks(root: yaml.Node | None) -> tuple[dict[Key, tuple[int, int]], list[Fault]]:
    """Return where each key stands, and a fault for each that stands twice.

    Raises:
        yaml.MarkedYAMLError: there are too many, too deep, or one that is no text.
    """
    marks: dict[Key, tuple[int, int]] = {}
    faults: list[Fault] = []

    def walk(node: yaml.Node | None, key: Key) -> None:
        if len(key) > MAX_DEPTH - 8:  # what carries the file's values nests them deeper
            raise yaml.MarkedYAMLError(
                problem=_TOO_DEEP, problem_mark=node.start_mark if node else None
            )
        if len(marks) > MAX_KEYS:
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_KEYS} keys and items")
        if isinstance(node, yaml.ScalarNode):
            _require_text(node)
        elif isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if not isinstance(name, yaml.ScalarNode):
                    continue  # no key that a mapping can have: PyYAML says so
                _require_text(name)
                child = (*key, name.value)
                place = (name.start_mark.line + 1, name.start_mark.column + 1)
                if child in marks:
                    faults.append(_at(child, f"stands twice, here and in line {place[0]}", marks))
                marks[child] = place
                walk(value, child)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                marks[(*key, index)] = (value.start_mark.line + 1, value.start_mark.column + 1)
                walk(value, (*key, index))

    walk(root, ())
    return marks, faults


_TOO_DEEP = "nested too deep, or in itself"


def _require_text(node: yaml.ScalarNode) -> None:
    if plain(node.value) != node.value:
        raise yaml.MarkedYAMLError(
            problem="half of a surrogate pair, which is no text", problem_mark=node.start_mark
        )


Report = Callable[[Key, str], None]


def _structure(value: Any, form: Any, key: Key, report: Report) -> Any:
    """Turn what YAML gave into `form`; what is wrong is reported, and stands as None."""
    if is_dataclass(form):
        return _structure_fields(value, cast(type, form), key, report)
    origin, arguments = typing.get_origin(form), typing.get_args(form)
    try:
        if origin is dict:
            items = _expect(value, dict, _MAPPING).items()
            for name, _ in items:
                if not isinstance(name, str):
                    report((*key, str(name)), f"expected text as a key, got {_shown(name)}")
            inner = arguments[1]
            return {name: _structure(item, inner, (*key, name), report) for name, item in items}
        if origin is tuple:
            listed = enumerate(_expect(value, list, "a list"))
            return tuple(_structure(item, arguments[0], (*key, i), report) for i, item in listed)
        if origin is typing.Literal:
            return _one_of(value, arguments)
        return _SCALARS[form](value)
    except ValueError as error:
        report(key, str(error))
        return None


def _structure_fields(value: Any, form: type, key: Key, report: Report) -> Any:
    try:
        given = _expect(value, dict, _MAPPING)
    except ValueError as error:
        report(key, str(error))
        return None
    forms = typing.get_type_hints(form)
    known = [field.name for field in fields(form)]
    for name in given.keys() - set(known):
        close = difflib.get_close_matches(str(name), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        report((*key, str(name)), f"unknown; {hint}")
    values = {
        name: _structure(given[name], forms[name], (*key, name), report)
        for name in known
        if name in given
    }
    needed = [f.name for f in fields(form) if f.default is f.default_factory is MISSING]
    missing = [name for name in needed if name not in given]
    for name in missing:
        report((*key, name), "is missing")
    return None if missing else form(**values)


_MAPPING = "a mapping of keys to values"


def _expect(value: Any, kind: type, words: str) -> Any:
    if isinstance(value, kind):
        return value
    raise ValueError(f"expected {words}, got {_shown(value)}")


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ValueError(f"expected a whole number of at least 1, got {_shown(value)}")


def _one_of(value: Any, options: tuple[Any, ...]) -> Any:
    if value in options:
        return value
    raise ValueError(f"expected {' or '.join(map(str, options))}, got {_shown(value)}")


def _plain(value: Any) -> Any:
    try:
        return plain(value)
    except ValueError as error:
        raise ValueError(f"expected text, numbers, lists and mappings, got {error}") from None


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    bool: lambda value: _expect(value, bool, "true or false"),
    str: lambda value: _expect(value, str, "text"),
    Duration: parse_duration,
    Size: parse_size,
    Count: _count,
    Any: _plain,
}
