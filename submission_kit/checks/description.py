"""Description: `submission.yaml`, and the entry that it names, told from the code's syntax tree."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from submission_kit.submission import FILE_NAME

from .case import Case, top_level
from .rule import Found, rule
from .source import Function, Source, walk

OFFERED = ("seed", "threads", "deadline")
"""The optional arguments, as in `contract`, which would load numpy."""


@rule("D201", "error")
def no_description(case: Case) -> Iterator[Found]:
    """A submission whose entry is named nowhere, and of no form that can be told without it.

    Nothing says which function to call. Where `model.py` has a class `Model`, or `metadata` a
    command, that is enough to run; `Model` is then a note.

    Mend: Write submission.yaml with at least one line, such as `entry: submission:train`.
    """
    if case.faults or case.commands or case.tree.broken or not case.tree.files:
        return
    if case.description is not None and case.description.entry:
        return
    there = case.has(FILE_NAME)
    where, lacks = (
        (case.root + FILE_NAME, "names no entry") if there else ("", f"has no {FILE_NAME}")
    )
    module, name = case.entry
    if module:
        message = f"{lacks}; {module}:{name} is taken for the entry"
        mend = f"Write `entry: {module}:{name}` into {FILE_NAME}."
        yield Found(where, message, int(there), severity="note", mend=mend)
    else:
        yield Found(where, lacks, int(there))


@rule("D202", "error")
def broken_description(case: Case) -> Iterator[Found]:
    """A `submission.yaml` that cannot be read, or that says what it may not.

    Every fault is listed with its line. Known keys are entry, track, name, team, description,
    params, smoke and include.

    Mend: Correct the line; docs/contract.md shows the whole file.
    """
    for fault in case.faults:
        yield Found(case.root + FILE_NAME, fault.message, fault.line, fault.column)


@rule("D203", "error")
def bad_include(case: Case) -> Iterator[Found]:
    """A file under `include:` that is not there, or that would replace another.

    Without it neither a trial nor a bundle is complete.

    Mend: Correct the path, which starts at the submission's folder, or remove the line.
    """
    for item, why in case.missing_includes:
        yield case.described_at("include", f"include: {item}: {why}")


@rule("D204", "error")
def unknown_track(case: Case) -> Iterator[Found]:
    """A track that there is not.

    The submission cannot be scored without `--track`.

    Mend: Name a shipped track, or leave the line out and give `--track FILE`.
    """
    if case.description is None or not case.description.track or not case.rules.tracks:
        return
    track = case.description.track
    if track not in case.rules.tracks and track != case.rules.track:
        listed = ", ".join(case.rules.tracks)
        yield case.described_at("track", f"track: there is no {track!r}; shipped are {listed}")


@rule("D205", "error")
def no_entry(case: Case) -> Iterator[Found]:
    """An entry that is not in the code.

    The trial ends in `load`, before anything is trained.

    Mend: Name the file without .py, a colon, and the function or class in it.
    """
    if case.description is None or not case.description.entry:
        return
    entry = case.description.entry
    module, name = case.entry
    if not module or not name:
        message = f"entry: {entry!r}; expected module:name, such as submission:train"
        yield case.described_at("entry", message)
        return
    source = case.source_of(module)
    if source is None:
        hint = _did_you_mean(module, sorted(case.own_modules))
        yield case.described_at("entry", f"entry: there is no {module}.py{hint}")
        return
    defined = top_level(source.module.body)
    if source.fault is None and name not in defined and not _defines_more(source):
        hint = _did_you_mean(name, sorted(defined))
        yield case.described_at("entry", f"entry: {source.name} defines no {name!r}{hint}")


@rule("D206", "error")
def wrong_signature(case: Case) -> Iterator[Found]:
    """An entry whose signature does not take what it will get.

    The native form gets images and labels by position; `seed`, `threads` and `deadline` where it
    names them; and `params` as keywords. A class or a function without arguments gets `params`
    alone, and a script nothing.

    Mend: Take the params by name or with `**params`, and give every other argument a default.
    """
    described = case.description
    if described is not None and not described.entry and case.commands:
        for key in ("params", "smoke"):
            if getattr(described, key):
                yield case.described_at(key, f"{key}: the script form takes none")
    source, node = _entry_node(case)
    if source is None or node is None:
        return
    params = list(described.params) if described is not None else []
    for word in params:
        if word in OFFERED:
            message = f"params: {word!r} is the harness's to give; leave it out"
            yield case.described_at("params", message)
    params = [word for word in params if word not in OFFERED]
    if isinstance(node, ast.ClassDef):
        yield from _class_signature(case, source, node, params)
    elif isinstance(node, ast.AsyncFunctionDef):
        yield source.at(node, f"{node.name} is a coroutine; expected a plain function")
    elif not node.decorator_list:  # a decorator may change the signature
        positional = [*node.args.posonlyargs, *node.args.args]
        if len(positional) >= 2 or node.args.vararg is not None:
            yield from _call(case, source, node, node.name, params, given=2)
        elif len(positional) == len(node.args.defaults):
            yield from _call(case, source, node, node.name, params, given=0)
        else:
            expected = f"{node.name}(images, labels, *, seed, …)"
            yield source.at(node, f"{node.name} takes one argument; expected {expected}")


@rule("D207", "error")
def no_fit_or_predict(case: Case) -> Iterator[Found]:
    """An entry that is neither a function nor a class with `fit` and `predict`.

    Nothing can be trained with it.

    Mend: Define `fit(self, images, labels)` and `predict(self, images)`, or a function `train`.
    """
    source, node = _entry_node(case)
    if source is None:
        return
    if isinstance(node, ast.ClassDef) and not _may_inherit(source, node):
        methods = _methods(source, node)
        missing = [name for name in ("fit", "predict") if name not in methods]
        if missing:
            yield source.at(node, f"class {node.name} has no {' and no '.join(missing)}")
    elif node is None:
        _, name = case.entry
        value = getattr(top_level(source.module.body).get(name), "value", None)
        if isinstance(value, ast.Constant | ast.List | ast.Dict | ast.Tuple | ast.Set):
            yield source.at(value, f"{name} is a value; expected a function or a class")


@rule("D208", "error")
def returns_nothing(case: Case) -> Iterator[Found]:
    """A `train` that returns nothing, or yields.

    It must return `predict`, a function of images.

    Mend: Return a function that maps images uint8 [M, H, W, C] to labels [M] or scores [M, K].
    """
    source, node = _entry_node(case)
    if source is None or not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return
    inside = list(walk(node.body, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))
    if any(isinstance(item, ast.Yield | ast.YieldFrom) for item in inside):
        yield source.at(node, f"{node.name} is a generator; it must return predict")
    elif not any(
        (isinstance(item, ast.Return) and item.value is not None) or isinstance(item, ast.Raise)
        for item in inside
    ):
        yield source.at(node, f"{node.name} returns nothing")


def entry_function(case: Case) -> tuple[Source, Function] | None:
    """Return the function that is given the seed: the entry, or its class's `__init__`."""
    source, node = _entry_node(case)
    if source is None:
        return None
    if isinstance(node, ast.ClassDef):
        node = top_level(node.body).get("__init__")  # type: ignore[assignment]
    return (source, node) if isinstance(node, Function) else None


def _entry_node(case: Case) -> tuple[Source | None, Function | ast.ClassDef | None]:
    """Return the entry's file and its definition there; nothing where it comes from elsewhere."""
    module, name = case.entry
    source = case.source_of(module) if module and name else None
    if source is None or source.fault is not None:
        return None, None
    for _ in range(5):  # `from other import train`
        node = top_level(source.module.body).get(name)
        if not isinstance(node, ast.ImportFrom):
            break
        item = next((item for item in source.imports if item.node is node), None)
        alias = next((a for a in node.names if (a.asname or a.name) == name), None)
        own = list(case.imported(source, item)) if item is not None else []
        if alias is None or not own:
            return None, None
        source, name = own[-1], alias.name
    if isinstance(node, Function | ast.ClassDef):
        return source, node
    return (source, None) if isinstance(node, ast.Assign | ast.AnnAssign) else (None, None)


def _class_signature(
    case: Case, source: Source, node: ast.ClassDef, params: list[str]
) -> Iterator[Found]:
    """Report what is wrong with how a class is made, and with its `fit` and `predict`."""
    methods = top_level(node.body)
    made = methods.get("__init__")
    if isinstance(made, ast.FunctionDef) and not made.decorator_list:
        yield from _call(case, source, made, node.name, params, given=1)
    elif made is None and not node.bases and not node.decorator_list and params:
        message = f"params: {node.name} has no __init__ that takes {', '.join(params)}"
        yield case.described_at("params", message)
    for name, given in (("fit", 3), ("predict", 2)):
        method = methods.get(name)
        if isinstance(method, ast.FunctionDef) and not method.decorator_list:
            yield from _call(case, source, method, f"{node.name}.{name}", [], given)


def _call(
    case: Case, source: Source, function: Function, name: str, params: list[str], given: int
) -> Iterator[Found]:
    """Report why a function cannot be called with `given` values and with these keywords."""
    listed = function.args
    positional = [*listed.posonlyargs, *listed.args]
    by_name = [argument.arg for argument in [*positional[given:], *listed.kwonlyargs]]
    by_name = [word for word in by_name if word not in {a.arg for a in listed.posonlyargs}]
    for word in params[:100]:
        if word not in by_name and listed.kwarg is None:
            hint = _did_you_mean(word, by_name)
            yield case.described_at("params", f"params: {name} takes no {word!r}{hint}")
    if len(positional) < given and listed.vararg is None:
        number, takes = given - ("." in name), len(positional) - ("." in name)
        yield source.at(function, f"{name} takes {max(0, takes)} values; it gets {number}")
    unset = len(positional) - len(listed.defaults)
    needed = [argument.arg for argument in positional[given:unset]]
    needed += [
        argument.arg
        for argument, default in zip(listed.kwonlyargs, listed.kw_defaults, strict=True)
        if default is None
    ]
    missing = [word for word in needed if word not in (*OFFERED, *params)]
    if missing:
        what = "neither offered nor among the params" if "." not in name else "not offered"
        yield source.at(function, f"{name} needs {', '.join(missing)}: {what}")


def _methods(source: Source, node: ast.ClassDef) -> set[str]:
    """Return the methods of a class and of its bases in the same file."""
    classes = top_level(source.module.body)
    found, waiting, seen = set[str](), [node], set[str]()
    while waiting:
        current = waiting.pop()
        if current.name in seen:
            continue
        seen.add(current.name)
        found |= set(top_level(current.body))
        for base in current.bases:
            held = classes.get(base.id) if isinstance(base, ast.Name) else None
            if isinstance(held, ast.ClassDef):
                waiting.append(held)
    return found


def _may_inherit(source: Source, node: ast.ClassDef) -> bool:
    """Whether it may have methods from elsewhere."""
    classes = top_level(source.module.body)
    waiting, seen = [node], set[str]()
    while waiting:
        current = waiting.pop()
        if current.name in seen:
            continue
        seen.add(current.name)
        if current.keywords or current.decorator_list:
            return True
        for base in current.bases:
            held = classes.get(base.id) if isinstance(base, ast.Name) else None
            if isinstance(held, ast.ClassDef):
                waiting.append(held)
            elif not (isinstance(base, ast.Name) and base.id == "object"):
                return True
    return False


def _defines_more(source: Source) -> bool:
    """Whether a module may define names that do not stand in it."""
    if any("*" in item.names for item in source.imports):
        return True
    return bool({"globals", "setattr", "__getattr__"} & (source.identifiers | source.bound))


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word[:200], [name[:200] for name in known[:500]], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
