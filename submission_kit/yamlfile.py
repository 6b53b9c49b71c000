"""YAML files read into dataclasses, with every fault named by its line.

PyYAML's nodes know their lines, cattrs knows the path of each fault; this module joins the two.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, NewType, TypeVar, cast

import cattrs
import yaml

from .errors import ConfigError, SubkitError
from .quantities import parse_duration, parse_size

T = TypeVar("T")
Key = tuple[str | int, ...]

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
    try:
        result = _CONVERTER.structure(data, form)
    except Exception as error:
        for key, message in _causes(error, form, ()):
            faults.append(_at(key, message, marks))
    if faults:
        raise Faults(path, faults)
    return result


def _at(key: Key, message: str, marks: dict[Key, tuple[int, int]]) -> Fault:
    """Place a fault at its key, or at the nearest parent that stands in the file."""
    place = key
    while place not in marks and place:
        place = place[:-1]
    name = ".".join(str(part) for part in key)
    return Fault(*marks.get(place, (1, 1)), f"{name}: {message}" if name else message)


def _marks(root: yaml.Node | None) -> tuple[dict[Key, tuple[int, int]], list[Fault]]:
    """Return where each key stands, and a fault for each that stands twice."""
    marks: dict[Key, tuple[int, int]] = {}
    faults: list[Fault] = []

    def walk(node: yaml.Node | None, key: Key) -> None:
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if not isinstance(name, yaml.ScalarNode):
                    continue  # no key that a mapping can have: PyYAML says so
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


def _causes(error: BaseException, form: Any, key: Key) -> Iterator[tuple[Key, str]]:
    """Walk cattrs' tree of faults and yield each leaf with its key."""
    if isinstance(error, cattrs.BaseValidationError):
        notes = (cattrs.AttributeValidationNote, cattrs.IterableValidationNote)
        for child in error.exceptions:
            note = next((n for n in getattr(child, "__notes__", []) if isinstance(n, notes)), None)
            part = getattr(note, "name", getattr(note, "index", None))
            yield from _causes(
                child,
                getattr(note, "type", form),
                key if part is None else (*key, part),
            )
    elif isinstance(error, cattrs.ForbiddenExtraKeysError):
        known = [field.name for field in fields(error.cl)]
        for name in sorted(error.extra_fields, key=str):
            close = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            yield (*key, name), f"unknown; {hint}"
    elif isinstance(error, KeyError):
        yield key, "is missing"
    else:
        yield key, str(error)


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    hooks: list[tuple[Any, Callable[[Any, Any], Any]]] = [
        (str, lambda value, _: _expect(value, str, "text")),
        (bool, lambda value, _: _expect(value, bool, "true or false")),
        (int, lambda value, _: _expect(value, int, "a whole number")),
        (Duration, lambda value, _: parse_duration(value)),
        (Size, lambda value, _: parse_size(value)),
        (Count, lambda value, _: _count(value)),
    ]
    for kind, hook in hooks:
        converter.register_structure_hook(kind, hook)
    # cattrs would read text letter by letter, and a list as an empty mapping's items.
    for test, kind, words in (
        (is_dataclass, dict, "a mapping of keys to values"),
        (_is(dict), dict, "a mapping of keys to values"),
        (_is(tuple), list, "a list"),
    ):
        converter.register_structure_hook_factory(test, _checked(converter, kind, words))
    converter.register_structure_hook_func(
        lambda form: typing.get_origin(form) is _LITERAL, _one_of
    )
    return converter


_LITERAL: Any = typing.Literal


def _checked(
    converter: cattrs.Converter, kind: type, words: str
) -> Callable[[Any], Callable[[Any, Any], Any]]:
    """Return a hook factory: check the kind of the value, then go on as cattrs would."""

    def factory(form: Any) -> Callable[[Any, Any], Any]:
        inner: Callable[[Any, Any], Any]
        if kind is list:
            inner = cattrs.cols.homogenous_tuple_structure_factory(form, converter)
        elif is_dataclass(form):
            inner = cattrs.gen.make_dict_structure_fn(
                cast(type, form), converter, _cattrs_forbid_extra_keys=True
            )
        else:
            inner = cattrs.gen.make_mapping_structure_fn(form, converter, dict)
        return lambda value, form: inner(_expect(value, kind, words), form)

    return factory


def _is(origin: type) -> Callable[[Any], bool]:
    return lambda form: typing.get_origin(form) is origin


def _expect(value: Any, kind: type, words: str) -> Any:
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise ValueError(f"expected {words}, got {_shown(value)}")


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ValueError(f"expected a whole number of at least 1, got {_shown(value)}")


def _one_of(value: Any, form: Any) -> Any:
    options = typing.get_args(form)
    if value in options:
        return value
    raise ValueError(f"expected {' or '.join(map(str, options))}, got {_shown(value)}")


def _shown(value: Any) -> str:
    return "nothing" if isinstance(value, types.NoneType) else repr(value)


_CONVERTER = _converter()
