"""A Python file, parsed without being run, walked once, with what rules ask for laid ready."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from .rule import Found

MAX_SIZE = 1_000_000
"""Bytes of a file that is parsed; generated code alone is longer."""

MAX_GUARDS = 20
"""Of `if __name__ == "__main__":` that are told from other code."""

MAX_NAME = 200
"""Characters of an imported name, which every call of it repeats."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """A module that a file imports.

    module: as written, without leading dots; level: the dots.
    names: taken from it; empty for `import module`.
    guarded: whether the code goes on where it is missing.
    """

    module: str
    level: int
    names: tuple[str, ...]
    node: ast.stmt
    guarded: bool


@dataclass(frozen=True)
class Call:
    """A call, with its function's name as imported: `np.load` is `numpy.load`.

    name: of a builtin or of what is imported; `.attribute` for a method of anything else; empty
        where it cannot be told.
    """

    name: str
    node: ast.Call

    def argument(self, position: int, *keywords: str) -> ast.expr | None:
        """Return an argument by its position or one of its keywords."""
        for keyword in self.node.keywords:
            if keyword.arg in keywords:
                return keyword.value
        if 0 <= position < len(self.node.args):
            return self.node.args[position]
        return None


@dataclass
class Source:
    """A Python file and what stands in it.

    fault: why it could not be parsed; then all else is empty.
    aside: first and last line of each `if __name__ == "__main__":`, which an import leaves aside.
    names: by which imports are known in it, with what they are.
    bound: every name that it assigns, defines or takes as an argument.
    strings: text that is not documentation, with the nodes that hold it.
    bytes, numbers: literals of bytes, and lists of numbers with their lengths.
    """

    name: str
    text: str = ""
    module: ast.Module = field(default_factory=lambda: ast.Module([], []))
    fault: Found | None = None
    aside: list[tuple[int, int]] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    strings: list[tuple[str, ast.Constant]] = field(default_factory=list)
    bytes: list[tuple[bytes, ast.Constant]] = field(default_factory=list)
    numbers: list[tuple[ast.expr, int]] = field(default_factory=list)
    loops: list[ast.While | ast.For] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def at(self, node: ast.AST, message: str, **more: str) -> Found:
        """Return what was found at a node."""
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", -1) + 1
        return Found(self.name, message, line, column, **more)  # type: ignore[arg-type]

    def above(self, node: ast.AST, most: int = 60) -> Iterator[ast.AST]:
        """Yield what a node stands in, from the inside out, as far as anybody would nest."""
        for _ in range(most):
            if node not in self.parents:
                return
            node = self.parents[node]
            yield node

    def resolve(self, node: ast.AST) -> str:
        """Return the name of what an expression means, see `Call`."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return ".".join([self.names[node.id], *reversed(parts)])
            if not parts:
                return "" if node.id in self.bound else node.id
        return f".{parts[0]}" if parts else ""


def parse(name: str, data: bytes) -> Source:
    """Parse a Python file; what is wrong with it is its `fault`."""
    if len(data) > MAX_SIZE:
        return Source(name, fault=Found(name, f"is longer than {MAX_SIZE:,} bytes"))
    source = Source(name)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        source.text = io.TextIOWrapper(io.BytesIO(data), encoding).read()
        if _takes_long(source.text):
            raise RecursionError
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes, which are no business of ours
            module = ast.parse(source.text)
    except SyntaxError as error:
        message = f"{error.msg}"
        source.fault = Found(name, message, max(1, error.lineno or 1), max(1, error.offset or 1))
    except (RecursionError, MemoryError):
        source.fault = Found(name, "is nested too deep")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # No text in its encoding, an encoding that is none, or a null byte.
        source.fault = Found(name, str(error), 1, 1)
    else:
        source.module = module
        _index(source)
    return source


def _takes_long(text: str) -> bool:
    """Whether it imports a name of thousands of parts: Python joins them in quadratic time."""
    lines = text.replace("\\\n", "").split("\n")
    return any(line.count(".") > 2000 and "import" in line for line in lines)


def newer_than(source: Source, version: tuple[int, int]) -> Found | None:
    """Return where a file that parses uses what an older Python does not have, as far as known."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.text, feature_version=version)
    except SyntaxError as error:
        return Found(source.name, str(error.msg), max(1, error.lineno or 1), error.offset or 1)
    except (ValueError, RecursionError, MemoryError):
        pass  # it has been parsed before
    return None


def _index(source: Source) -> None:
    """Walk the tree once, in the order of the text; nesting must not nest our calls."""
    calls: list[ast.Call] = []
    parents = source.parents
    stack: list[ast.AST] = [source.module]
    source.aside = [
        (node.lineno, node.body[-1].end_lineno or node.lineno)
        for node in source.module.body
        if isinstance(node, ast.If) and _is_main_guard(node.test)
    ][:MAX_GUARDS]
    while stack:
        node = stack.pop()
        for child in reversed(list(ast.iter_child_nodes(node))):
            if not isinstance(child, _LEAVES):
                parents[child] = node
                stack.append(child)
        if isinstance(node, ast.Call):
            calls.append(node)
        elif isinstance(node, ast.While | ast.For):
            source.loops.append(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            _index_import(source, node)
        elif isinstance(node, ast.Constant | ast.List | ast.Tuple):
            _index_literal(source, node)
        else:
            _index_name(source, node)
    # All names are known now, also those of imports that stand below.
    source.calls = [Call(source.resolve(call.func), call) for call in calls]


_LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
"""Nodes that no rule asks for; Python shares one of each kind."""


def _index_name(source: Source, node: ast.AST) -> None:
    match node:
        case ast.Name(id=name):
            source.identifiers.add(name)
            if not isinstance(node.ctx, ast.Load):
                source.bound.add(name)
        case ast.Attribute(attr=name):
            source.identifiers.add(name)
        case ast.arg(arg=name):
            source.identifiers.add(name)
            source.bound.add(name)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            source.functions.append(node)
            source.bound.add(name)
        case ast.ClassDef(name=name):
            source.bound.add(name)


def _index_literal(source: Source, node: ast.Constant | ast.List | ast.Tuple) -> None:
    parent = source.parents[node]
    match node:
        case ast.Constant(value=str() as text):
            if not isinstance(parent, ast.Expr):
                source.strings.append((text, node))
        case ast.Constant(value=bytes() as data):
            source.bytes.append((data, node))
        case ast.List() | ast.Tuple() if len(node.elts) > 8 and not _in_list(parent):
            source.numbers.append((node, _count_numbers(node)))


def _index_import(source: Source, node: ast.Import | ast.ImportFrom) -> None:
    guarded = _is_guarded(source, node)
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            whole = alias.name if alias.asname else first
            source.names[alias.asname or first] = whole[:MAX_NAME]
            source.imports.append(Import(alias.name, 0, (), node, guarded))
        return
    module = node.module or ""
    start = f"{'.' * min(node.level, MAX_NAME)}{module[:MAX_NAME]}"
    for alias in node.names:
        source.names[alias.asname or alias.name] = f"{start}.{alias.name}"[:MAX_NAME]
    names = tuple(alias.name for alias in node.names)
    source.imports.append(Import(module, node.level, names, node, guarded))


def _in_list(parent: ast.AST) -> bool:
    return isinstance(parent, ast.List | ast.Tuple) and len(parent.elts) > 8


def _count_numbers(node: ast.expr) -> int:
    """Return how many numbers a list holds, those of inner lists too."""
    return sum(
        isinstance(item, ast.Constant) and isinstance(item.value, int | float)
        for item in ast.walk(node)
    )


def _is_guarded(source: Source, node: ast.stmt) -> bool:
    """Whether an import may fail: in a `try` that expects it, or where types are checked alone."""
    for parent in source.above(node):
        if isinstance(parent, ast.Try) and any(map(_expects_import_error, parent.handlers)):
            return True
        if isinstance(parent, ast.If) and "TYPE_CHECKING" in _last_names(parent.test):
            return True
    return False


_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def _expects_import_error(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(_last_names(handler.type) & _IMPORT_ERRORS)


def _last_names(node: ast.expr) -> set[str]:
    items = node.elts if isinstance(node, ast.Tuple) else [node]
    found = {item.attr for item in items if isinstance(item, ast.Attribute)}
    return found | {item.id for item in items if isinstance(item, ast.Name)}


def _is_main_guard(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or not isinstance(test.left, ast.Name):
        return False
    return test.left.id == "__name__" and isinstance(test.ops[0], ast.Eq)


def walk(nodes: list[ast.stmt], stop: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.AST]:
    """Yield nodes and all in them, but not what is inside nodes of the kinds of `stop`."""
    stack: list[ast.AST] = list(reversed(nodes))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, stop):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))
