"""Code: what turns bytes or text into code, and what does not work on every server."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule
from .source import Call

_UNPICKLES = {
    "cloudpickle.load",
    "cloudpickle.loads",
    "dill.load",
    "dill.loads",
    "joblib.load",
    "marshal.load",
    "marshal.loads",
    "pandas.read_pickle",
    "pickle.Unpickler",
    "pickle.load",
    "pickle.loads",
    "shelve.open",
}
_RUNS_TEXT = {
    "__import__",
    "code.InteractiveInterpreter",
    "eval",
    "exec",
    "importlib.import_module",
    "importlib.util.spec_from_file_location",
    "runpy.run_module",
    "runpy.run_path",
}
_NATIVE = {"ctypes.", "cffi.", "torch.utils.cpp_extension.", "numpy.ctypeslib."}
_COMPILED = (
    "torchvision.io.",
    "torchvision.models.detection.",
    "torchvision.ops.batched_nms",
    "torchvision.ops.deform_conv2d",
    "torchvision.ops.nms",
    "torchvision.ops.DeformConv2d",
    "torchvision.transforms.v2.JPEG",
)


@rule("C480", "warning")
def unpickles(case: Case) -> Iterator[Found]:
    """A pickle is loaded, which can run any code.

    Mostly it is also what was learnt elsewhere. `torch.load` reads weights alone with
    `weights_only=True`, `np.load` arrays alone without `allow_pickle`.

    Mend: Store arrays or JSON, or load with `weights_only=True`.
    """
    for source in case.sources:
        for call in source.calls:
            unsafe_torch = call.name == "torch.load" and not _is(call, "weights_only", True)
            unsafe_numpy = call.name == "numpy.load" and _is(call, "allow_pickle", True)
            if call.name in _UNPICKLES or unsafe_torch or unsafe_numpy:
                yield source.at(call.node, f"{call.name} can run any code")


@rule("C481", "note")
def runs_text(case: Case) -> Iterator[Found]:
    """Text is run as code, or a module is imported by a name that is made at run time.

    A reviewer cannot see what runs, and this check does not either.

    Mend: Write the code, or the import, as it is.
    """
    for source in case.sources:
        for call in source.calls:
            plain = call.name == "importlib.import_module" and isinstance(
                call.argument(0), ast.Constant
            )
            if call.name in _RUNS_TEXT and not plain:
                yield source.at(call.node, f"{call.name} runs what does not stand here")


@rule("C482", "note")
def native_code(case: Case) -> Iterator[Found]:
    """Native code is called or compiled: `ctypes`, `cffi`, C++ extensions.

    It needs a compiler or a library that the server may not have, and a reviewer will look twice.

    Mend: Use numpy or torch.
    """
    for source in case.sources:
        for call in source.calls:
            if call.name.startswith(tuple(_NATIVE)):
                yield source.at(call.node, f"{call.name} is native code")


@rule("C483", "warning")
def compiled_torchvision(case: Case) -> Iterator[Found]:
    """A part of torchvision that needs its compiled operators: `ops.nms`, `io.read_image`, …

    Where torch comes from the CPU index and torchvision from PyPI, they cannot be loaded. A guard
    lets torchvision be imported all the same; these parts still fail.

    Mend: Use Pillow to read images; nothing else of this is needed to classify small ones.
    """
    for source in case.sources:
        for call in source.calls:
            if call.name.startswith(_COMPILED):
                yield source.at(call.node, f"{call.name} needs compiled operators")


@rule("C484", "warning")
def bare_number(case: Case) -> Iterator[Found]:
    """`.squeeze()` before `.tolist()` or `len`: one image gives a bare number.

    The last batch may hold a single image. Then its only dimension is squeezed away too, and the
    list is none.

    Mend: Name the dimension, `.squeeze(1)`, or use `.flatten()`.
    """
    for source in case.sources:
        for call in source.calls:
            if call.name == ".squeeze" and not call.node.args and not call.node.keywords:
                for parent in list(source.above(call.node, 5)):
                    if isinstance(parent, ast.Attribute) and parent.attr == "tolist":
                        message = "of one image, squeeze() makes a bare number"
                        yield source.at(call.node, message)
                        break
                    if not isinstance(parent, ast.Attribute | ast.Call):
                        break


def _is(call: Call, word: str, value: object) -> bool:
    given = call.argument(-1, word)
    return isinstance(given, ast.Constant) and given.value is value
