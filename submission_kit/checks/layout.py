"""Layout: how the files lie in the folder or zip, and what lies there that should not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from submission_kit.archive import MAX_ENTRIES, MAX_RATIO, RATIO_FROM
from submission_kit.findings import Severity
from submission_kit.quantities import format_size

from .case import Case
from .rule import Found, rule

MANY_FILES = 1000
"""Files above which a submission has more than code."""


@rule("L101", "error")
def broken_zip(case: Case) -> Iterator[Found]:
    """A submission that cannot be read, or that holds nothing; a zip that is broken or unsafe.

    CodaLab 1.5 fails the task; Codabench tries ten times, 20 s apart, then says "Bad or empty zip
    file".

    Mend: Pack it again with `subkit pack`; a download may have been cut short.
    """
    if case.tree.broken:
        yield Found("", case.tree.broken)
    elif case.tree.refused:
        closer = (link, name_outside, twice, case_twins, too_large, ratio, encrypted)
        if not any(True for rule in closer for _ in rule(case)):
            yield Found("", case.tree.refused)
    elif not case.tree.files and not case.tree.unreadable:
        yield Found("", "holds no file of a submission")


@rule("L102", "error", packing_mends=True)
def top_folder(case: Case) -> Iterator[Found]:
    """One folder at the top that holds everything.

    Codabench does not flatten it: the import fails, then the scoring fails. CodaLab 1.5 flattens it
    only where that folder has a file `metadata`.

    Mend: Zip what is in the folder, not the folder; `subkit pack` does.
    """
    if case.root:
        message = f"everything lies in the folder {case.root}"
        flattened = case.tree.is_zip and case.has("metadata")
        yield Found("", message, severity="warning" if flattened else None)


@rule("L103", "warning", packing_mends=True)
def mac_files(case: Case) -> Iterator[Found]:
    """Files that macOS lays into a zip: `__MACOSX`, `._name`, `.DS_Store`.

    They are no part of the submission, and `__MACOSX` beside a top folder is a second top folder.

    Mend: Pack with `subkit pack`, or `zip -r bundle.zip . -x '__MACOSX/*' '*.DS_Store' '._*'`.
    """
    yield from _litter(
        case,
        lambda parts: "__MACOSX" in parts or parts[-1] == ".DS_Store" or parts[-1].startswith("._"),
        "of macOS",
    )


@rule("L104", "warning", packing_mends=True)
def compiled_python(case: Case) -> Iterator[Found]:
    """Compiled Python: `__pycache__` or `.pyc`.

    It fits one version of Python, hides what it does from a reviewer, and goes stale.

    Mend: Leave it out; `subkit pack` does.
    """
    yield from _litter(
        case,
        lambda parts: (
            ("__pycache__" in parts or parts[-1].endswith((".pyc", ".pyo")))
            and parts[0] != "__MACOSX"
        ),
        "of compiled Python",
    )


@rule("L105", "warning", packing_mends=True)
def version_control(case: Case) -> Iterator[Found]:
    """The history of version control: `.git`, `.hg`, `.svn`.

    It is larger than the code, and holds everything that was ever committed, secrets too.

    Mend: Leave it out; `subkit pack` does.
    """
    yield from _litter(case, lambda parts: bool({".git", ".hg", ".svn"} & set(parts)), "of history")


@rule("L106", "note")
def notebook(case: Case) -> Iterator[Found]:
    """A notebook.

    No server runs it, and its outputs may hold data.

    Mend: Move the code that is needed to a .py file and leave the notebook out.
    """
    for name in case.tree.files:
        if name.endswith(".ipynb") and "site-packages" not in name:
            yield Found(name, "is a notebook: nothing runs it")


@rule("L107", "warning")
def virtual_environment(case: Case) -> Iterator[Found]:
    """A virtual environment, or installed packages.

    It is made of thousands of files for one machine; a track says which packages its server has.

    Mend: Leave it out and use the track's packages.
    """
    places = Counter[str]()
    for name in case.tree.files:
        parts = name.split("/")
        if parts[-1] == "pyvenv.cfg":
            places["/".join(parts[:-1])] += 1
        for folder in ("site-packages", "node_modules"):
            if folder in parts[:-1]:
                top = parts[: parts.index(folder)]
                places["/".join(top[:1] if "lib" in top or "Lib" in top else [*top, folder])] += 1
    for place in places:
        yield Found(place, "holds installed packages")


@rule("L108", "warning")
def zip_in_zip(case: Case) -> Iterator[Found]:
    """A zip in the submission, such as an earlier bundle.

    CodaLab 1.5 unpacks every zip at the root into a folder of its name; Codabench leaves it alone.

    Mend: Remove it, or unpack what is needed beside the code.
    """
    for name in case.tree.files:
        if name.lower().endswith(".zip"):
            yield Found(name, "is a zip within the submission")


@rule("L109", "error")
def link(case: Case) -> Iterator[Found]:
    """A link, or something else that is neither a file nor a folder.

    Both platforms unpack a link as a small text file that holds its target's path. From a folder, a
    link to a file is packed as that file; one to a folder is left out.

    Mend: Put the file itself there; name it under `include:` where it lies elsewhere.
    """
    for name, why in case.tree.left_out.items():
        if why in ("a link to a folder", "no file that can be read"):
            yield Found(name, f"is left out: {why}", severity="warning")
    for entry in case.tree.entries:
        if entry.is_link:
            yield Found(entry.name, "is a link, which arrives as a text file")
        elif entry.is_special:
            yield Found(entry.name, "is neither a file nor a folder")


@rule("L110", "error")
def name_outside(case: Case) -> Iterator[Found]:
    """A name in a zip that leads out of its folder: `/…`, `../…`, `C:…`, or with backslashes.

    Both platforms strip what leads outside, so that the file lands somewhere else; careful programs
    refuse the zip.

    Mend: Pack from inside the folder, with `subkit pack`.
    """
    for entry in case.tree.entries:
        name = entry.name.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            yield Found(entry.name, "leads out of the folder")
        elif "\\" in entry.name or "\0" in entry.name:
            yield Found(
                entry.name, "holds a backslash or a null byte, which systems read otherwise"
            )


@rule("L111", "error")
def twice(case: Case) -> Iterator[Found]:
    """A name that stands twice in a zip.

    Which of the two counts depends on the program: what is reviewed need not be what runs.

    Mend: Pack it again into a new file.
    """
    names = Counter(entry.name for entry in case.tree.entries)
    for name, number in names.items():
        if number > 1:
            yield Found(name, f"stands {number} times in the zip")


@rule("L112", "error")
def case_twins(case: Case) -> Iterator[Found]:
    """Names that differ only by upper and lower case, or in how an accent is written.

    On Windows and macOS one overwrites the other, so neither `pack` nor a trial takes them.

    Mend: Rename one.
    """
    import unicodedata

    seen: dict[str, str] = {}
    for name in case.tree.files:
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            yield Found(name, f"differs from {seen[key]} only by case or accents")
        seen.setdefault(key, name)


_DEVICES = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10)}


@rule("L113", "warning")
def windows_name(case: Case) -> Iterator[Found]:
    """A name that Windows refuses: `aux.py`, `a:b`, `end.`.

    An organiser or a team-mate on Windows cannot unpack it.

    Mend: Rename it with letters, digits, `-`, `_` and dots inside.
    """
    for name in case.tree.files:
        for part in name.split("/"):
            odd = set(part) & set('<>:"|?*') or any(ord(char) < 32 for char in part)
            ends = part != part.rstrip(". ") and part not in ("", ".", "..")
            if odd or ends or part.partition(".")[0].strip().lower() in _DEVICES:
                yield Found(name, "Windows refuses this name")
                break


@rule("L114", "note", packing_mends=True)
def no_mode(case: Case) -> Iterator[Found]:
    """Entries of a zip without permissions, as some packers on Windows write them.

    Both platforms unpack them all the same; a program that restores permissions makes files that
    nobody may read.

    Mend: Pack with `subkit pack`, which writes them.
    """
    files = [entry for entry in case.tree.entries if not entry.is_folder]
    bare = [entry for entry in files if not entry.mode]
    if bare:
        number = "all" if len(bare) == len(files) else f"{len(bare)} of {len(files)}"
        yield Found("", f"{number} entries have mode 0")


@rule("L115", "error")
def too_large(case: Case) -> Iterator[Found]:
    """More bytes than the platform takes.

    CodaLab 1.5 takes 300 MB by default; on Codabench they count against a quota.

    Mend: Leave out what the submission does not need, the largest file first.
    """
    size = sum(file.size for file in case.tree.files.values())
    if size > case.rules.max_size:
        largest = max(case.tree.files.values(), key=lambda file: file.size)
        yield Found(
            "",
            f"holds {format_size(size)}, more than {format_size(case.rules.max_size)}; "
            f"the largest file is {largest.name} with {format_size(largest.size)}",
        )


@rule("L116", "warning")
def too_many(case: Case) -> Iterator[Found]:
    """More files than code is made of.

    Each costs the server time, and a trial may write only so many; mostly they came along by
    mistake.

    Mend: Leave out what the submission does not need.
    """
    number = len(case.tree.files)
    if number > MANY_FILES:
        severity: Severity = "error" if number > MAX_ENTRIES else "warning"
        yield Found("", f"holds {number} files", severity=severity)


@rule("L117", "error")
def ratio(case: Case) -> Iterator[Found]:
    """A zip that unpacks to far more than it takes, as a bomb does.

    Careful programs refuse it before they unpack it.

    Mend: Remove the file; if it is honest, make it in the code that needs it.
    """
    packed = sum(entry.compressed for entry in case.tree.entries)
    unpacked = sum(entry.size for entry in case.tree.entries)
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(1, packed):
        yield Found("", f"{format_size(packed)} unpack to {format_size(unpacked)}")


@rule("L118", "error")
def encrypted(case: Case) -> Iterator[Found]:
    """An encrypted entry.

    No server has the password.

    Mend: Pack it without a password.
    """
    for entry in case.tree.entries:
        if entry.is_encrypted:
            yield Found(entry.name, "is encrypted")


@rule("L119", "warning", packing_mends=True)
def wrong_extension(case: Case) -> Iterator[Found]:
    """A zip whose name does not end in `.zip`.

    The upload pages of both platforms take no other.

    Mend: Rename it to end in `.zip`.
    """
    if case.tree.is_zip and not case.tree.broken and case.tree.path.suffix != ".zip":
        yield Found("", f"ends in {case.tree.path.suffix or 'nothing'} instead of .zip")


@rule("L120", "note")
def unused_file(case: Case) -> Iterator[Found]:
    """Python code that nothing imports.

    It is not run, so whatever is wrong with it is reported as advice alone. Of a folder, `pack` and
    trials leave out modules whose name stands nowhere.

    Mend: Remove it; or keep it by a line such as `!worker.py` in `.subkitignore`.
    """
    for name, why in case.tree.left_out.items():
        if name.endswith(".py") and why.startswith("no module"):
            yield Found(name, "is left out: nothing mentions it")
    for source in case.sources:
        if source.name not in case.reached:
            yield Found(source.name, "nothing that the entry imports leads to this file")


@rule("L121", "error")
def unreadable_file(case: Case) -> Iterator[Found]:
    """A file that cannot be read: broken, or not ours to read.

    What cannot be read here cannot be packed or unpacked either.

    Mend: Pack it again; look at the file's permissions.
    """
    for name, why in case.tree.unreadable.items():
        yield Found(name, f"cannot be read: {why}")


def _litter(case: Case, is_litter: Callable[[list[str]], bool], what: str) -> Iterator[Found]:
    """Report litter of one kind once, at its first entry."""
    names = [entry.name for entry in case.tree.entries]
    listed = [name for name in names if is_litter(name.rstrip("/").split("/"))]
    if listed:
        number = f"{len(listed)} entries" if len(listed) > 1 else "an entry"
        yield Found(listed[0], f"{number} {what}")
