"""Code: torchvision's transforms in an order that cannot work."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule
from .source import Source

_MODULES = ("torchvision.transforms.", "torchvision.transforms.transforms.")
"""Not `v2`, whose `ToTensor` lets tensors pass."""

_AFTER_FLOATS = {
    "AugMix", "AutoAugment", "PILToTensor", "RandAugment", "RandomEqualize", "RandomPosterize",
    "ToTensor", "TrivialAugmentWide",
}  # fmt: skip
"""What raises TypeError for the float tensor of `ToTensor`; the AutoAugment family for some."""

_AFTER_BYTES = {"Normalize", "PILToTensor", "ToTensor"}
"""What raises TypeError for the uint8 tensor of `PILToTensor`."""

_TENSORS_ALONE = {"ConvertImageDtype", "LinearTransformation", "Normalize", "RandomErasing"}
"""What raises for a PIL image and for an array, the two that `ToTensor` takes."""

_KEEPS_THE_KIND = {
    "CenterCrop", "ColorJitter", "ElasticTransform", "GaussianBlur", "Grayscale", "Pad",
    "RandomAdjustSharpness", "RandomAffine", "RandomAutocontrast", "RandomCrop", "RandomErasing",
    "RandomGrayscale", "RandomHorizontalFlip", "RandomInvert", "RandomPerspective",
    "RandomResizedCrop", "RandomRotation", "RandomSolarize", "RandomVerticalFlip", "Resize",
}  # fmt: skip
"""What gives a tensor for a tensor and a PIL image for a PIL image, of the same type of numbers."""

_KEEPS_FLOATS = {"LinearTransformation", "Normalize"}
"""What takes and gives floats alone."""


@rule("C490", "error")
def order_of_transforms(case: Case) -> Iterator[Found]:
    """Transforms in an order that cannot work: what needs a PIL image behind `ToTensor`.

    `ToTensor` takes a PIL image or an array and gives a tensor of floats. A second `ToTensor`, or
    what counts on whole numbers from 0 to 255, raises TypeError for that; and so does what needs a
    tensor, such as `Normalize`, in front of it.

    Mend: Put what works on PIL images first, then `ToTensor`, then `Normalize` and `RandomErasing`.
    """
    for source in case.sources:
        for call in source.calls:
            if call.name in {f"{module}Compose" for module in _MODULES}:
                steps = call.argument(0, "transforms")
                if isinstance(steps, ast.List | ast.Tuple):
                    yield from _wrong(source, steps.elts)


def _wrong(source: Source, steps: list[ast.expr]) -> Iterator[Found]:
    """Report what cannot be where it is in a list of transforms, as far as all is known."""
    kind = ""  # of what comes in: floats or bytes of a tensor; empty where nobody knows
    waiting: list[tuple[ast.expr, str]] = []  # for a ToTensor to come
    for step in steps:
        name = _name(source, step)
        if name in (_AFTER_FLOATS if kind == "floats" else _AFTER_BYTES if kind else ()):
            before = "ToTensor" if kind == "floats" else "PILToTensor"
            yield source.at(step, f"{name} does not take the tensor of {before}")
            return
        if name == "ToTensor":
            for early, word in waiting:
                yield source.at(early, f"{word} needs a tensor, and comes before ToTensor")
        if name in ("ToTensor", "PILToTensor"):
            kind, waiting = "floats" if name == "ToTensor" else "bytes", []
        elif name in _TENSORS_ALONE and not kind:
            waiting.append((step, name))
        elif name not in _KEEPS_THE_KIND and name not in _KEEPS_FLOATS:
            kind, waiting = "", []


def _name(source: Source, step: ast.expr) -> str:
    """Return the name of a transform of torchvision's; empty of anything else."""
    if isinstance(step, ast.Call):
        module, _, name = source.resolve(step.func).rpartition(".")
        if f"{module}." in _MODULES:
            return name
    return ""
