"""Code: loops that may never end, or that end by a clock of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule
from .source import Source

_CLOCKS = {
    "datetime.datetime.now",
    "time.monotonic",
    "time.perf_counter",
    "time.process_time",
    "time.time",
}
_ENDLESS = {"itertools.count", "itertools.cycle"}
_LEAVES = {"sys.exit", "os._exit", "exit", "quit"}


@rule("C470", "warning")
def endless(case: Case) -> Iterator[Found]:
    """A loop that nothing ends: `while True` without `break`, `return` or `raise`.

    The trial is stopped when its time is over, and what was learnt is lost.

    Mend: Leave the loop when the work is done or `deadline` is near.
    """
    for source in case.sources:
        for loop in source.loops:
            if isinstance(loop, ast.While):
                forever = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
            else:
                call = loop.iter
                forever = isinstance(call, ast.Call) and source.resolve(call.func) in _ENDLESS
                forever = forever and not (call.args[1:] if isinstance(call, ast.Call) else ())
            if forever and not _leaves(source, loop):
                yield source.at(loop, "nothing ends this loop")


@rule("C471", "warning")
def own_clock(case: Case) -> Iterator[Found]:
    """Training that goes by a clock without asking for `deadline`.

    How much time is left depends on the machine and on the other instances: two hours for five
    instances are 24 minutes each. A number in the code fits one machine.

    Mend: Take the argument `deadline`, the seconds left when `train` is called, and stop before.
    """
    if any("deadline" in word.lower() for source in case.sources for word in source.identifiers):
        return
    if case.commands:
        return  # a script is told no deadline
    for source in case.sources:
        for call in source.calls:
            if call.name not in _CLOCKS:
                continue
            above = list(source.above(call.node, 12))
            compared = any(isinstance(parent, ast.Compare) for parent in above[:4])
            looped = any(isinstance(parent, ast.While | ast.For) for parent in above)
            if compared and looped:
                yield source.at(call.node, "goes by a clock of its own")


def _leaves(source: Source, loop: ast.While | ast.For) -> bool:
    """Whether anything in the loop leaves it: a `break` of an inner loop does not."""
    stack: list[tuple[ast.AST, bool]] = [(node, True) for node in loop.body]
    while stack:
        node, own = stack.pop()
        match node:
            case ast.Break() if own:
                return True
            case ast.Return() | ast.Raise() | ast.Yield() | ast.YieldFrom() | ast.Await():
                return True
            case ast.Call() if source.resolve(node.func) in _LEAVES:
                return True
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                continue
            case ast.For() | ast.AsyncFor() | ast.While():
                stack += [(child, False) for child in node.body]
                stack += [(child, own) for child in node.orelse]
                continue
        stack += [(child, own) for child in ast.iter_child_nodes(node)]
    return False
