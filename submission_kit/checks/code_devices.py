"""Code: what asks for a GPU on a track that is CPU-only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule
from .source import Source

_DEVICE = re.compile(r"(?:cuda|xpu|hip)(?::\d+)?|mps|/(?:device:)?GPU:\d+")
_VARIABLES = {
    "CUDA_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "HIP_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "ZE_AFFINITY_MASK",
}
_WORDS = {"device", "device_type", "device_name", "map_location", "accelerator", "devices"}
_TAKES_DEVICE = {"torch.device", ".to", "torch.set_default_device", "tensorflow.device"}
_HARMLESS = {"is_available", "is_initialized", "manual_seed", "manual_seed_all", "empty_cache"}


@rule("C420", "error")
def device(case: Case) -> Iterator[Found]:
    """A GPU is asked for.

    The track is CPU-only: devices are hidden, and the call raises. A use that stands behind
    `torch.cuda.is_available()` does no harm and is a note.

    Mend: Remove it, or write `"cuda" if torch.cuda.is_available() else "cpu"`.
    """
    if case.rules.devices != "cpu":
        return
    for source in case.sources:
        asks = _Guards(source)
        for call in source.calls:
            last = call.name.rpartition(".")[2]
            on_gpu = call.name.startswith(("torch.cuda.", "torch.mps.", "torch.xpu."))
            if call.name == ".cuda" or (on_gpu and last not in _HARMLESS and last[0].islower()):
                yield asks.at(call.node, f"{call.name.lstrip('.')}() asks for a GPU")
            accelerator = call.argument(-1, "accelerator", "tree_method")
            if isinstance(accelerator, ast.Constant) and accelerator.value in ("gpu", "gpu_hist"):
                yield asks.at(accelerator, f"{accelerator.value} asks for a GPU")
        for text, node in source.strings:
            if len(text) < 20 and _DEVICE.fullmatch(text):
                use = _use(source, node)
                if use == "device":
                    yield asks.at(node, f"{text!r} asks for a GPU")
                elif use == "value":
                    yield asks.at(node, f"{text!r} looks like a GPU asked for", "warning")


@rule("C421", "error")
def device_variable(case: Case) -> Iterator[Found]:
    """An environment variable that makes GPUs visible is set.

    The harness hides them through the same variables; setting them anew looks like a way round.

    Mend: Remove the line.
    """
    if case.rules.devices != "cpu":
        return
    for source in case.sources:
        for text, node in source.strings:
            if text in _VARIABLES and (value := _set_to(source, node)) is not None:
                hides = isinstance(value, ast.Constant) and value.value in ("", "-1")
                if not hides:
                    yield source.at(node, f"{text} is set")


class _Guards:
    """What stands behind `is_available()`, or behind a name that was set from it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[ast.AST, bool] = {}
        self._names = {"use_cuda", "use_gpu", "has_cuda"}
        for call in source.calls:
            if call.name.endswith(".is_available"):
                for parent in source.above(call.node, 6):
                    if isinstance(parent, ast.Assign):
                        self._names |= {
                            target.id for target in parent.targets if isinstance(target, ast.Name)
                        }

    def at(self, node: ast.AST, message: str, severity: str = "error") -> Found:
        """Return the finding, as a note where it is guarded."""
        if self._is_guarded(node):
            return self._source.at(node, f"{message}, where there is one", severity="note", mend="")
        return self._source.at(node, message, severity=severity)

    def _is_guarded(self, node: ast.AST) -> bool:
        for parent in self._source.above(node):
            if isinstance(parent, ast.If | ast.IfExp | ast.BoolOp | ast.While):
                if parent not in self._known:
                    test = parent.values[0] if isinstance(parent, ast.BoolOp) else parent.test
                    self._known[parent] = any(
                        (isinstance(item, ast.Attribute) and item.attr == "is_available")
                        or (isinstance(item, ast.Name) and item.id in self._names)
                        or (isinstance(item, ast.Attribute) and item.attr in self._names)
                        for item in ast.walk(test)
                    )
                if self._known[parent]:
                    return True
        return False


def _use(source: Source, node: ast.AST) -> str:
    """Tell what a string is used as: a `device`, some `value`, or nothing that matters."""
    for parent in source.above(node, 6):
        match parent:
            case ast.Compare() | ast.Subscript() | ast.Dict() | ast.JoinedStr() | ast.Expr():
                return ""
            case ast.keyword(arg=word):
                return "device" if word in _WORDS else ""
            case ast.Call():
                return "device" if source.resolve(parent.func) in _TAKES_DEVICE else ""
            case ast.Assign() | ast.AnnAssign() | ast.arguments() | ast.Return():
                return "value"
            case ast.IfExp() | ast.BoolOp():
                continue
            case _:
                return ""
    return ""


def _set_to(source: Source, node: ast.AST) -> ast.expr | None:
    """Return what an environment variable of that name is set to; None where it is only read."""
    for parent in source.above(node, 2):
        match parent:
            case ast.Subscript(ctx=ast.Store()):
                above = source.parents.get(parent)
                return above.value if isinstance(above, ast.Assign) else None
            case ast.Call(args=[_, value, *_]):
                name = source.resolve(parent.func)
                sets = ("os.putenv", "os.environ.setdefault", "os.environ.__setitem__")
                return value if name in sets else None
    return None
