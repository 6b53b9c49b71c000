"""A case: one submission under check, with everything that more than one rule looks at."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

import yaml

from submission_kit.discovery import BY_CUSTOM
from submission_kit.errors import SubmissionError
from submission_kit.manifest import find_manifest
from submission_kit.submission import FILE_NAME, Description
from submission_kit.yamlfile import Fault, Faults, parse

from .rule import Found, Rules, RulesByTrack
from .source import Function, Import, Source
from .source import parse as parse_source
from .tree import MAX_TEXT, Tree, is_litter

HEAD = 1024
"""Bytes of a file that tell its kind."""

MOST = 50
"""Commands and keys of `metadata` that are looked at."""

MAX_DOTS = 32
"""Packages within one another; a module's name with more dots is no module of anybody's."""

MAX_CODE = 5_000_000
"""Bytes of all Python files together that are parsed."""


class Case:
    """A submission under check: its files, its description, its code, and the rules it is under.

    root: as `Tree.root`; names of files are looked up from there.
    faults: of `submission.yaml`; description: what it says, where it has none.
    places: line and column of each of its keys.
    missing_includes: what it includes that cannot be, and why.
    """

    def __init__(self, tree: Tree, rules: Rules | RulesByTrack) -> None:
        self.tree = tree
        self.root = tree.root
        self.faults: tuple[Fault, ...] = ()
        self.description: Description | None = None
        self.places: dict[str, tuple[int, int]] = {}
        self.missing_includes: list[tuple[str, str]] = []
        self._heads: dict[str, bytes] = {}
        text = self._described()
        entry = self.description.entry if self.description is not None else ""
        track = self.description.track if self.description is not None else ""
        tree.choose(entry, text, self._included())
        self.rules = rules if isinstance(rules, Rules) else rules(track)

    def has(self, name: str) -> bool:
        """Whether there is a file of that name where the submission begins."""
        return self.root + name in self.tree.files

    def text(self, name: str) -> str:
        """Return the text of a small file; empty where it is not there or no text."""
        if not self.has(name):
            return ""
        try:
            return self.tree.read(self.root + name, MAX_TEXT).decode("utf-8")
        except UnicodeDecodeError:
            return ""

    def head(self, name: str) -> bytes:
        """Return the first bytes of a file, which tell its kind."""
        if name not in self._heads:
            self._heads[name] = self.tree.read(name, HEAD)
        return self._heads[name]

    def described_at(self, key: str, message: str, **more: Any) -> Found:
        """Return what was found at a key of `submission.yaml`."""
        line, column = self.places.get(key, (1, 1))
        return Found(self.root + FILE_NAME, message, line, column, **more)

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What `metadata` holds, as far as it is a mapping."""
        return self._metadata[0]

    @cached_property
    def metadata_fault(self) -> Found | None:
        """Why `metadata` cannot be read."""
        return self._metadata[1]

    @cached_property
    def _metadata(self) -> tuple[dict[str, Any], Found | None]:
        name = f"{self.root}metadata"
        try:
            # The text that is read is short, and PyYAML shares what an alias repeats.
            held = yaml.safe_load(self.tree.read(name, MAX_TEXT) if self.has("metadata") else b"")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            return {}, Found(name, f"is no YAML: {error.problem}", *place)
        except (yaml.YAMLError, RecursionError) as error:
            return {}, Found(name, f"is no YAML: {type(error).__name__}", 1, 1)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return {}, Found(name, f"holds a value that YAML cannot read: {error}", 1, 1)
        if held is None:  # empty, or comments alone
            return {}, None
        if not isinstance(held, dict):
            return {}, Found(name, "expected lines such as `description: …`", 1, 1)
        return held, None

    @cached_property
    def commands(self) -> tuple[str, ...]:
        """The commands of `metadata`: the script form."""
        held = self.metadata.get("command")
        listed = held if isinstance(held, list) else [held]
        return tuple(item for item in listed[:MOST] if isinstance(item, str) and item)

    @cached_property
    def entry(self) -> tuple[str, str]:
        """The entry's module and name; found by custom where `submission.yaml` names none."""
        if self.description is not None and self.description.entry:
            module, _, name = self.description.entry.partition(":")
            return module, name
        if not self.faults and not self.commands:
            for module, names in BY_CUSTOM:
                source = self.source_of(module)
                defined = top_level(source.module.body) if source is not None else {}
                for name in names:
                    if name in defined:
                        return module, name
        return "", ""

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Every Python file, parsed."""
        return tuple(self._sources.values())

    @cached_property
    def _sources(self) -> dict[str, Source]:
        found, left = {}, MAX_CODE
        for name, file in sorted(self.tree.files.items()):
            if not name.endswith(".py") or (self.tree.is_zip and is_litter(name)):
                continue
            left -= file.size
            if left < 0:
                fault = f"comes after {MAX_CODE:,} bytes of other code"
                found[name] = Source(name, fault=Found(name, fault))
                continue
            found[name] = parse_source(name, self.tree.read(name, MAX_CODE))
        return found

    def source_at(self, name: str) -> Source | None:
        """Return a file of the submission's as Python, where it is."""
        return self._sources.get(name)

    def source_of(self, module: str, package: str = "") -> Source | None:
        """Return the file of a module of the submission's own, if it has one.

        package: the folder, ending in `/`, from which it is looked for; else where all begins.
        """
        path = f"{package or self.root}{module.replace('.', '/')}"
        for name in (f"{path}.py", f"{path}/__init__.py".removeprefix("/")):
            if name in self._sources:
                return self._sources[name]
        return None

    @cached_property
    def own_modules(self) -> frozenset[str]:
        """The names by which the submission's own code can be imported from where it begins."""
        found = set()
        for name in self._sources:
            if name.startswith(self.root):
                first, slash, _ = name[len(self.root) :].partition("/")
                found.add(first if slash else first.removesuffix(".py"))
        return frozenset(found)

    @cached_property
    def folders(self) -> dict[str, set[str]]:
        """The folders in the submission, with the modules in each."""
        found: dict[str, set[str]] = {}
        for name in self.tree.files:
            parts = name.split("/")
            for depth in range(1, len(parts)):
                inside = found.setdefault("/".join(parts[:depth]), set())
                if parts[-1].endswith(".py"):
                    inside.add(parts[depth].removesuffix(".py"))
        return found

    def modules_in(self, folder: str) -> set[str]:
        """Return the modules beside a file, which a script in a folder finds first."""
        return self.folders.get(folder, set())

    @cached_property
    def neighbours(self) -> dict[str, str]:
        """Modules that lie near a folder and are no part of the submission: paths by names."""
        if self.tree.is_zip:
            return {}
        folder = self.tree.path.resolve()
        near = (folder, folder.parent, folder.parent / "common", folder.parent / "utils")
        return {
            path.stem: os.path.relpath(path, folder)
            for place in reversed(near)
            for path in place.glob("*.py")
            if path.stem not in self.own_modules
        }

    def is_run(self, source: Source, line: int) -> bool:
        """Whether a trial may come to a line: a script is run, all else is imported."""
        if self.commands:
            return True
        return not any(first <= line <= last for first, last in source.aside)

    def imported(self, source: Source, item: Import) -> Iterator[Source]:
        """Yield the submission's own files that an import loads."""
        package = self.root
        if item.level:
            parts = source.name.split("/")[: -item.level]
            package = "".join(f"{part}/" for part in parts)
        dots = item.module.split(".", MAX_DOTS)[:MAX_DOTS] if item.module else []
        for depth in range(len(dots) + 1):
            module = ".".join(dots[:depth])
            held = self.source_of(module, package) if module else None
            if held is not None:
                yield held
        for name in item.names:
            held = self.source_of(".".join([*dots, name]), package)
            if held is not None:
                yield held

    @cached_property
    def reached(self) -> frozenset[str]:
        """The Python files that a trial loads, as far as imports tell; all where they do not."""
        everything = frozenset(self._sources)
        if any(call.name.startswith(_HIDES_IMPORTS) for s in self.sources for call in s.calls):
            return everything
        module, _ = self.entry
        begin = [self.source_of(module)] if module else []
        for command in self.commands:
            begin += [self._sources.get(self.root + word) for word in _scripts(command)]
        waiting = [source for source in begin if source is not None]
        if not waiting or len(waiting) < len(begin):
            return everything
        reached: set[str] = set()
        while waiting:
            source = waiting.pop()
            if source.name in reached:
                continue
            reached.add(source.name)
            for item in source.imports:
                waiting.extend(self.imported(source, item))
        return frozenset(reached)

    def _described(self) -> str:
        """Read `submission.yaml` as a trial would, and return its text."""
        name = self.root + FILE_NAME
        try:
            if self.tree.is_zip:
                data = self.tree.read(name, MAX_TEXT) if self.has(FILE_NAME) else None
            else:
                path = self.tree.path / name
                data = _begin(path) if path.is_file() else None
        except OSError as error:
            self.faults = (Fault(1, 1, f"cannot be read: {error.strerror}"),)
            return ""
        if data is None:
            return ""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            what = f"is not UTF-8 text ({error.reason} at byte {error.start})"
            self.faults = (Fault(1, 1, what),)
            return ""
        try:
            self.description = parse(text, Description, Path(name))
        except Faults as faults:
            self.faults = faults.faults
            return text
        node = yaml.compose(text, yaml.SafeLoader)
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            self.places[key.value] = (key.start_mark.line + 1, key.start_mark.column + 1)
        return text

    def _included(self) -> dict[str, Path]:
        """Return what `include` lays beside a folder's code; a bundle has it inside already."""
        included: dict[str, Path] = {}
        folder = self.tree.path / self.root
        inside = self.tree.is_zip or _is_bundle(folder)
        for item in self.description.include if self.description is not None else ():
            path = folder / (PurePath(item).name if inside else item)
            name = self.root + path.name
            try:
                is_file = path.is_file() if not self.tree.is_zip else self.has(path.name)
            except (OSError, ValueError):  # a name that no system takes
                is_file = False
            if not is_file:
                self.missing_includes.append((item, "there is no such file"))
            elif not inside and (name in included or (folder / path.name).exists()):
                message = "it would be laid over another file of that name"
                self.missing_includes.append((item, message))
            else:
                included[name] = path
        return included


_HIDES_IMPORTS = (
    "exec",
    "eval",
    "__import__",
    "importlib.",
    "runpy.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.spawn",
    "os.popen",
    "multiprocessing.",
)
"""Calls by which a file may be run that nothing imports."""


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_TEXT)


def _is_bundle(folder: Path) -> bool:
    """Whether it is a bundle that was unpacked, as far as its manifest can be read."""
    try:
        return find_manifest(folder) is not None
    except (SubmissionError, ValueError):
        return False


def _scripts(command: str) -> list[str]:
    """Return the submission's own scripts that a command names."""
    return [
        word.removeprefix("$program/").removeprefix("./")
        for word in command.replace('"', "").replace("'", "").split()
        if word.endswith(".py") and not word.startswith("/")
    ]


def top_level(body: list[ast.stmt]) -> dict[str, ast.AST]:
    """Return what a module defines by name, with the last statement that does."""
    found: dict[str, ast.AST] = {}
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found[node.name] = node
            case ast.Import() | ast.ImportFrom():
                found |= {(a.asname or a.name).partition(".")[0]: node for a in node.names}
            case ast.Assign(targets=targets):
                for target in targets:
                    items = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
                    found |= {item.id: node for item in items if isinstance(item, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
            case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
                inner = [*node.body, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]
                for handler in getattr(node, "handlers", ()):
                    inner += handler.body
                waiting.extend(reversed(inner))
    return found


def arguments(function: Function) -> list[ast.arg]:
    """Return every named argument of a function."""
    listed = function.args
    return [*listed.posonlyargs, *listed.args, *listed.kwonlyargs]
