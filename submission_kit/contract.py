"""The contract: what a submission's entry may be, and what its predictions may look like.

Native form, plain Python with no import of ours::

    def train(images, labels, *, seed, **params):
        '''images: uint8 [N, H, W, C]; labels: int64 [N] in 0..K-1; seed: int.'''
        return predict  # uint8 [M, H, W, C] -> int labels [M], or float scores [M, K]

Object form: a class, a function without required arguments, or an object, with `fit(X, y)` and
`predict(X)`. An object of scikit-learn's kind (`get_params` and `set_params`) gets each image as
one row of float32 in 0..1, as its estimators expect; any other gets the images as they are.

Optional arguments are passed only where the signature names them: `seed`, `threads`, `deadline`.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import MAX_DIMENSIONS, Embeddings, Images, Labels, Predictions

Predict = Callable[[Images], Any]


class ContractError(Exception):
    """The entry, or what `train` returned, is not what the contract asks for."""


class InvalidOutput(ContractError):
    """The predictions are not what the contract asks for."""


@dataclass(frozen=True)
class Learner:
    """A submission's entry, ready to be trained.

    form: how the entry was understood, in words, for the record.
    train: (images, labels, offered) -> predict; `offered` holds the optional arguments.
    """

    form: str
    train: Callable[[Images, Labels, Mapping[str, Any]], Predict]


OFFERED = ("seed", "threads", "deadline")
"""The optional arguments, passed where the signature names them."""


def training_seed(images: Images, variation: int = 0) -> int:
    """Return the seed that `train` gets with these images, in 0..2^31-1.

    It is a hash of them, and tells nothing else. One of the instance's own seed could be undone by
    trying small numbers, and would tell which images were drawn.

    variation: another number gives another seed for the same images; 0 is what is scored.
    """
    salt = str(variation).encode() if variation else b""
    digest = hashlib.sha256(images.tobytes() + salt).digest()
    return int.from_bytes(digest[:4], "little") >> 1


def load(folder: Path, entry: str, params: Mapping[str, Any]) -> Learner:
    """Import the entry `module:name` from the folder and understand its form.

    Raises:
        ContractError: there is no such entry, or it has none of the forms.
        Exception: whatever the submission's own import raises.
    """
    module_name, _, name = entry.partition(":")
    if not module_name or not name:
        raise ContractError(f"entry is {entry!r}; expected module:name, such as submission:train")
    sys.path.insert(0, str(folder))
    _require_module(folder, module_name, entry)
    module = importlib.import_module(module_name)  # subkit: ignore[C481] the entry's own
    if not hasattr(module, name):
        public = [word for word in vars(module) if not word.startswith("_")]
        raise ContractError(
            f"entry {entry!r}: {module_name}.py defines no {name!r}{_did_you_mean(name, public)}"
        )
    return adapt(getattr(module, name), name, params)


def adapt(target: Any, name: str, params: Mapping[str, Any]) -> Learner:
    """Understand the form of an entry.

    Raises:
        ContractError: it has none of the forms, or its signature does not take what it will get.
    """
    if _has_fit_predict(target):
        if inspect.isclass(target):
            _require_params(target, name, params)
            return _object_learner(f"class {name} with fit/predict", target, params)
        if params:
            raise ContractError(
                f"{name} is an object, so `params` cannot reach it; "
                "make it a function that takes them and returns the object"
            )
        return _object_learner(f"object {name} with fit/predict", lambda: target, {})
    if inspect.isclass(target) or not callable(target):
        raise ContractError(
            f"{name} is {_a(target)}; expected a function train(images, labels, *, seed, …), "
            "or a class or object with fit(X, y) and predict(X)"
        )
    positional = _positional(target)
    if len(positional) >= 2 or _takes_varargs(target):
        return _native_learner(target, name, params)
    if not any(parameter.default is parameter.empty for parameter in positional):
        _require_params(target, name, params)
        return _object_learner(f"function {name}() -> object with fit/predict", target, params)
    raise ContractError(
        f"{name}{_signature(target)} takes one argument; "
        f"expected {name}(images, labels, *, seed, …)"
    )


def check_predictions(raw: Any, count: int, classes: int) -> Predictions:
    """Return predictions in the one form that leaves the child.

    Accepted: integer labels [count] as an array, a tensor, a list or a tuple, or as a column
    [count, 1]; finite float scores [count, classes]. Returns int64 [count] or float32
    [count, classes].

    Raises:
        InvalidOutput: says what came and what was expected.
    """
    expected = (
        f"expected {count} integer labels in 0..{classes - 1}, or scores [{count}, {classes}]"
    )
    if not isinstance(raw, np.ndarray | list | tuple) and not hasattr(raw, "__array__"):
        raise InvalidOutput(f"predict returned {_a(raw)}; {expected}")
    if isinstance(raw, list | tuple) and len(raw) != count:
        raise InvalidOutput(f"predict returned {len(raw)} values for {count} images; {expected}")
    shape = getattr(raw, "shape", None)
    # The shape is looked at before the values are: a lazy array may claim any size.
    if shape is not None and tuple(shape) not in {(count,), (count, 1), (count, classes)}:
        raise InvalidOutput(f"predict returned an array of shape {tuple(shape)}; {expected}")
    array = _as_array(raw, expected)
    if array.shape not in {(count,), (count, 1), (count, classes)}:
        raise InvalidOutput(f"predict returned an array of shape {array.shape}; {expected}")
    if array.dtype.kind in "iu":
        return _check_labels(array, count, classes, expected)
    if array.dtype.kind == "f" and array.shape == (count, classes):
        scores: npt.NDArray[np.float32] = array.astype(np.float32)
        if not np.isfinite(scores).all():
            row = int(np.argwhere(~np.isfinite(scores))[0][0])
            raise InvalidOutput(f"predict returned scores that are not finite, first in row {row}")
        return scores
    hint = "; for labels, convert with .astype(int)" if array.dtype.kind == "f" else ""
    raise InvalidOutput(
        f"predict returned {array.dtype} values of shape {array.shape}; {expected}{hint}"
    )


def check_embeddings(raw: Any, count: int) -> Embeddings:
    """Return embeddings float32 [count, D] in the one form that leaves the child.

    Raises:
        InvalidOutput: they are not finite numbers [count, D], with D in 1..MAX_DIMENSIONS.
    """
    expected = f"expected finite numbers [{count}, D] with D in 1..{MAX_DIMENSIONS}"
    shape = tuple(getattr(raw, "shape", ()))
    # The shape is looked at before the values are: a lazy array may claim any size.
    if len(shape) != 2 or shape[0] != count or not 1 <= shape[1] <= MAX_DIMENSIONS:
        raise InvalidOutput(f"embed returned {_a(raw)} of shape {shape}; {expected}")
    array = _as_array(raw, expected)
    if array.shape != shape or array.dtype.kind not in "iuf":
        raise InvalidOutput(f"embed returned {array.dtype} values; {expected}")
    embeddings: Embeddings = array.astype(np.float32)
    if not np.isfinite(embeddings).all():
        raise InvalidOutput(f"embed returned values that are not finite; {expected}")
    return embeddings


def _check_labels(array: Any, count: int, classes: int, expected: str) -> Labels:
    if array.ndim == 2 and array.shape != (count, 1):
        raise InvalidOutput(
            f"predict returned {array.dtype} values of shape {array.shape}; {expected} as floats"
        )
    labels = array.reshape(count)
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        raise InvalidOutput(
            f"predict returned label {labels[wrong[0]]} for image {wrong[0]}; {expected}"
        )
    converted: Labels = labels.astype(np.int64)
    return converted


def _as_array(raw: Any, expected: str) -> Any:
    if hasattr(raw, "detach"):  # a tensor that still carries its gradient
        raw = raw.detach()
    try:
        return np.asarray(raw)
    except Exception as error:
        raise InvalidOutput(
            f"predict returned {_a(raw)} that is no array ({error}); {expected}"
        ) from error


def _native_learner(train: Callable[..., Any], name: str, params: Mapping[str, Any]) -> Learner:
    _require_params(train, name, params, given=2)
    optional = _named(train, OFFERED, any_keyword=("seed",))

    def run(images: Images, labels: Labels, offered: Mapping[str, Any]) -> Predict:
        keywords = {word: offered[word] for word in optional} | dict(params)
        predict = train(images, labels, **keywords)
        if not callable(predict):
            raise ContractError(
                f"{name} returned {_a(predict)}; expected predict, a function of images"
            )
        return predict  # type: ignore[no-any-return]

    return Learner(f"native {name}(images, labels) -> predict", run)


def _object_learner(form: str, make: Callable[..., Any], params: Mapping[str, Any]) -> Learner:
    def run(images: Images, labels: Labels, offered: Mapping[str, Any]) -> Predict:
        words = {word: offered[word] for word in _named(make, OFFERED)}
        learner = make(**words, **params)
        if not _has_fit_predict(learner):
            raise ContractError(
                f"expected an object with fit(X, y) and predict(X); got {_a(learner)}"
            )
        rows = _as_rows if _is_estimator(learner) else _as_images
        learner.fit(rows(images), labels)
        return lambda batch: learner.predict(rows(batch))

    return Learner(form, run)


def _as_images(images: Images) -> Images:
    return images


def _as_rows(images: Images) -> Any:
    return images.reshape(len(images), -1).astype(np.float32) / 255


def _is_estimator(learner: Any) -> bool:
    return callable(getattr(learner, "get_params", None)) and hasattr(learner, "set_params")


def _has_fit_predict(target: Any) -> bool:
    return callable(getattr(target, "fit", None)) and callable(getattr(target, "predict", None))


def _require_module(folder: Path, module_name: str, entry: str) -> None:
    """Say plainly that the entry's file is missing; an import error would blame the wrong thing."""
    path = folder.joinpath(*module_name.split("."))
    if path.with_suffix(".py").is_file() or path.is_dir():
        return
    stems = [file.stem for file in folder.glob("*.py")]
    raise ContractError(
        f"entry {entry!r}: there is no {module_name}.py{_did_you_mean(module_name, stems)}"
    )


def _require_params(
    function: Callable[..., Any], name: str, params: Mapping[str, Any], given: int = 0
) -> None:
    """Check that the function can be called with `given` positional arguments and the params."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a builtin that tells no signature
        return
    parameters = signature.parameters
    keyword = [
        word
        for word, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    any_keyword = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for word in params:
        if word in OFFERED:
            raise ContractError(f"params: {word!r} is the harness's to give; leave it out")
        if word not in keyword and not any_keyword:
            raise ContractError(
                f"params: {name}{signature} takes no {word!r}{_did_you_mean(word, keyword)}"
            )
    offered = _named(function, OFFERED)
    try:
        signature.bind(*[None] * given, **dict.fromkeys([*offered, *params]))
    except TypeError as error:
        raise ContractError(
            f"{name}{signature} cannot be called: {error}; it gets "
            f"{'images, labels, ' if given else ''}{', '.join([*OFFERED, *params])} as far as it "
            "names them"
        ) from error


def _named(
    function: Callable[..., Any], words: tuple[str, ...], any_keyword: tuple[str, ...] = ()
) -> list[str]:
    """Return which of the words the signature names, and of `any_keyword` all where it takes **."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return []
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return [
        word
        for word in words
        if (word in parameters and parameters[word].kind is not inspect.Parameter.VAR_KEYWORD)
        or (takes_any and word in any_keyword)
    ]


def _positional(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise ContractError(f"the entry's signature cannot be read: {error}") from error
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p for p in parameters if p.kind in kinds]


def _takes_varargs(function: Callable[..., Any]) -> bool:
    return any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(function).parameters.values())


def _signature(function: Callable[..., Any]) -> str:
    return str(inspect.signature(function))


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _a(value: Any) -> str:
    """Name a value by its type, and by its shape or length where it has one."""
    if value is None:
        return "None"
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
