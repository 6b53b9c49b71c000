"""Code: files that it opens, and whether a trial's private copy has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule
from .source import Call, Source

_PLACES = re.compile(
    r"(?:/(?:home|Users|root|content|kaggle|mnt|media|data|scratch|workspace|drive|opt|srv|app|tmp"
    r"|var|usr|proj|nfs)/\S|~/|[A-Za-z]:[\\/]\w)"
)
_FINE = re.compile(r"/dev/(?:null|u?random|std\w+|fd/\d+)|/proc/(?:cpuinfo|meminfo|self/status)")

_OPENS = {
    "PIL.Image.open": 0,
    "builtins.open": 0,
    "codecs.open": 0,
    "cv2.imread": 0,
    "io.open": 0,
    "joblib.load": 0,
    "numpy.fromfile": 0,
    "numpy.genfromtxt": 0,
    "numpy.load": 0,
    "numpy.loadtxt": 0,
    "open": 0,
    "pandas.read_csv": 0,
    "pandas.read_pickle": 0,
    "torch.load": 0,
}
"""Calls that open a file, with the argument that names it."""

_LISTS = {
    "glob.glob",
    "glob.iglob",
    "os.chdir",
    "os.listdir",
    "os.scandir",
    "os.walk",
    "pathlib.Path",
    "sys.path.append",
    "sys.path.insert",
    "torchvision.datasets.ImageFolder",
}


@rule("C440", "warning")
def absolute_path(case: Case) -> Iterator[Found]:
    """A path of one machine: `/home/…`, `C:\\…`, `~/…`.

    The server has no such file, and a trial sees none outside its private folder.

    Mend: Lay the file beside the code and write `Path(__file__).parent / "file"`; for temporary
    files use `tempfile`.
    """
    for source in case.sources:
        opened = {id(node) for call in source.calls if (node := _opened(call)) is not None}
        for text, node in source.strings:
            if len(text) > 300 or "\n" in text or _FINE.match(text):
                continue
            is_path = _PLACES.match(text) and not _is_text(source, node)
            if is_path or (id(node) in opened and text.startswith("/")):
                yield source.at(node, f"{text!r} is a path of one machine")


@rule("C441", "warning")
def outside(case: Case) -> Iterator[Found]:
    """A path that leads out of the submission: `../…`.

    A private copy holds the submission's own files and those under `include:`; what lies beside the
    folder at home is not there.

    Mend: Name the file under `include:`, and open it beside the code.
    """
    for source in case.sources:
        for call in source.calls:
            node = _opened(call)
            if node is None and call.name in _LISTS:
                node = next((item for item in call.node.args if _text(item)), None)
            text = _text(node)
            if re.match(r"\.\.(?:[\\/]|$)", text) and node is not None:
                yield source.at(node, f"{text!r} leads out of the submission")


@rule("C442", "warning")
def missing_file(case: Case) -> Iterator[Found]:
    """A file is read that the submission does not have.

    Unless the code writes it first, the trial ends with FileNotFoundError.

    Mend: Add the file to the folder, or name it under `include:`.
    """
    names = {name.rpartition("/")[2] for name in case.tree.files}
    written = {text.rpartition("/")[2] for text in _written(case)}
    for source in case.sources:
        for call in source.calls:
            node = _opened(call)
            text = _text(node)
            last = text.rpartition("/")[2]
            reads = "/" not in text[:1] and not text.startswith("..") and "://" not in text
            if node is None or not reads or "." not in last:
                continue
            if last not in names and last not in written and _reads(call):
                yield source.at(node, f"there is no {text!r} in the submission")


@rule("C443", "note")
def from_working_folder(case: Case) -> Iterator[Found]:
    """A file of the submission is opened from the working folder.

    A trial starts in the submission's folder, Codabench in the program's, CodaLab 1.5 in the one
    above: there it is not found.

    Mend: Write `Path(__file__).parent / "file"`.
    """
    for source in case.sources:
        for call in source.calls:
            node = _opened(call)
            text = _text(node)
            if node is not None and text and case.has(text.removeprefix("./")) and _reads(call):
                yield source.at(node, f"{text!r} is looked for in the working folder")


def _opened(call: Call) -> ast.expr | None:
    """Return the argument by which a call opens a file, where it is written there as text."""
    if call.name not in _OPENS:
        return None
    node = call.argument(_OPENS[call.name], "file", "path", "fname", "f", "filename")
    return node if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _reads(call: Call) -> bool:
    mode = call.argument(1, "mode") if call.name.endswith("open") else None
    return not (isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax+"))


def _written(case: Case) -> Iterator[str]:
    """Yield every text that stands elsewhere than where a file is read: it may be one written."""
    for source in case.sources:
        read = {id(_opened(call)) for call in source.calls if _reads(call)}
        for text, node in source.strings:
            if id(node) not in read and len(text) < 300:
                yield text


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_text(source: Source, node: ast.AST) -> bool:
    """Whether it is said or compared rather than opened: part of a message, a key, a comparison."""
    for parent in source.above(node, 3):
        match parent:
            case ast.Compare() | ast.JoinedStr() | ast.Raise() | ast.BinOp(op=ast.Mod()):
                return True
            case ast.Call():
                name = source.resolve(parent.func)
                said = {"print", ".startswith", ".endswith", ".replace", ".format", ".split"}
                return name in said or name.startswith(("logging.", "re.")) or name == ".warning"
    return False
