"""Packing: what a bundle holds, and that it is the same wherever it is packed."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import submission_kit
from evaluator.plan import Outcome
from submission_kit.bundle import HOOKS, RUNTIME, Bundle, pack
from submission_kit.errors import ConfigError, SubmissionError
from submission_kit.manifest import Target
from submission_kit.submission import open_submission
from submission_kit.verify import verify

ROOT = Path(__file__).parents[2]
TRACK = Target("digits-100", "0" * 64, 1440.0, 2)
SHIPPED = [ROOT / "examples" / "nearest_mean", *sorted((ROOT / "baselines").glob("*/"))]
SHIPPED = [folder for folder in SHIPPED if (folder / "submission.yaml").is_file()]
FORMS = ("native", "script")


def packed(folder: Path, out: Path, **options: object) -> Bundle:
    return pack(open_submission(folder), out, TRACK, **options)  # type: ignore[arg-type]


def held(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_bundle_opens_as_the_folder_it_was_packed_from(
    folder: Path, form: str, tmp_path: Path
) -> None:
    bundle = packed(folder, tmp_path / "any name.zip", form=form)
    assert verify(bundle.path).faults == ()
    source, found = open_submission(folder), open_submission(bundle.path)
    assert found.digest == source.digest == bundle.manifest.submission.digest
    assert (found.name, found.files.keys()) == (source.name, source.files.keys())
    # So does the folder that a server unpacks it into, and what is packed of the bundle again.
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert open_submission(tmp_path / "unpacked").digest == source.digest
    for again in (bundle.path, tmp_path / "unpacked"):
        assert packed(again, tmp_path / "again.zip", form=form, force=True).path.read_bytes() == (
            bundle.path.read_bytes()
        )


PACK = """
import os, pathlib, sys
from submission_kit.bundle import pack
from submission_kit.manifest import Target
from submission_kit.submission import open_submission
os.umask(int(sys.argv[2], 8))
pack(open_submission(pathlib.Path(sys.argv[1])), pathlib.Path("out.zip"),
     Target("digits-100", "0" * 64, 1440.0, 2))
"""


def test_the_same_bytes_everywhere(tmp_path: Path) -> None:
    """Other folders, times, rights, order of files, umask, working directory, hash seed."""
    files = {f"part_{i}.py": f"# {i}\n" for i in range(30)}
    files |= {"submission.py": "import " + ", ".join(name[:-3] for name in files)}
    files |= {"submission.yaml": "entry: submission:train\nname: it\n", "data/größe.csv": "1\n"}
    results = set()
    for number, (order, umask) in enumerate(((sorted(files), "022"), (files, "077"))):
        folder = tmp_path.joinpath(f"place-{number}", *["within"] * number)
        for name in reversed(list(order)) if number else order:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], encoding="utf-8")
            path.chmod(0o600 if number else 0o755)
            os.utime(path, (number * 1e9, number * 1e9))
        if number:
            (folder / "__pycache__").mkdir()
            (folder / "__pycache__" / "x.pyc").write_bytes(b"")
        work = tmp_path / f"work-{number}"
        work.mkdir()
        subprocess.run(
            [sys.executable, "-c", PACK, os.path.relpath(folder, work), umask],
            cwd=work,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(number), "TZ": ["UTC", "Asia/Tokyo"][number]},
        )
        results.add((work / "out.zip").read_bytes())
        assert (work / "out.zip").stat().st_mode & 0o777 == 0o644
    assert len(results) == 1


def test_what_the_platforms_get(make: Callable[..., Path], tmp_path: Path) -> None:
    described = "entry: submission:train\ndescription: 'it: is\n  # on two lines'\n"
    folder = make("", described)
    native = held(packed(folder, tmp_path / "n.zip").path)
    assert native.keys() == {"submission.py", "submission.yaml", "metadata", "manifest.json"}
    # No command and no other text: CodaLab would fetch that as a URL, Codabench would run it.
    assert yaml.safe_load(native["metadata"]) == {"description": "it: is # on two lines"}
    assert b"\r" not in native["metadata"]
    assert native["metadata"].count(b"\n") == 1

    script = held(packed(folder, tmp_path / "s.zip", form="script").path)
    assert yaml.safe_load(script["metadata"])["command"] == (
        "python3 $program/main.py $input $output"
    )
    assert script["metadata"].startswith(b"command: python3 $program/main.py $input $output\n")
    assert script.keys() - native.keys() == {
        "main.py",
        *(f"submission_kit/{name}.py" for name in RUNTIME),
    }
    nameless = make("", name="plain")
    assert yaml.safe_load(held(packed(nameless, tmp_path / "p.zip").path)["metadata"]) == {
        "description": "plain"
    }


def test_platform_and_form(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("")
    assert packed(folder, tmp_path / "1.zip").manifest.platform == "both"
    script = packed(folder, tmp_path / "2.zip", form="script")
    assert (script.manifest.platform, script.notes) == ("codalab", ())
    for platform in ("codabench", "both"):
        bundle = packed(folder, tmp_path / "3.zip", form="script", platform=platform)
        assert "Codabench cannot run the script form" in bundle.notes[0]
        assert packed(folder, tmp_path / "4.zip", platform=platform).notes == ()


def test_hooks_are_brought_where_they_are_mentioned(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make("from submission_kit import progress\n")
    bundle = packed(folder, tmp_path / "a.zip")
    brought = {f"submission_kit/{name}.py" for name in HOOKS}
    assert {name for name, file in bundle.manifest.files.items() if file.made} == {
        "metadata",
        *brought,
    }
    (folder / "submission_kit").mkdir()
    (folder / "submission_kit" / "__init__.py").write_text("def progress(*a, **k): ...\n")
    own = packed(folder, tmp_path / "a.zip")
    assert not own.manifest.files["submission_kit/__init__.py"].made
    with pytest.raises(SubmissionError, match="is the name of a file that the script form adds"):
        packed(folder, tmp_path / "b.zip", form="script")


def test_the_runtime_stands_alone() -> None:
    """The modules that a bundle brings import each other, numpy, Pillow and Python's own."""
    folder = Path(submission_kit.__file__).parent
    for names, entry in ((HOOKS, None), (RUNTIME, "script")):
        for name in [*names, *filter(None, [entry])]:
            for node in ast.walk(ast.parse((folder / f"{name}.py").read_text())):
                if isinstance(node, ast.ImportFrom) and node.level:
                    assert node.module in names, (name, node.module)
                elif isinstance(node, ast.Import | ast.ImportFrom):
                    module = getattr(node, "module", None) or node.names[0].name
                    first, _, rest = module.partition(".")
                    allowed = {*sys.stdlib_module_names, "numpy", "PIL"}
                    assert first in allowed or (first == "submission_kit" and rest in names)


def test_where_a_bundle_is_put(
    make: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make("")
    monkeypatch.chdir(folder)
    here = pack(open_submission(Path()), None, TRACK)
    assert here.path == Path("made-native.zip")
    first = here.path.read_bytes()
    again = pack(open_submission(Path()), None, TRACK)  # the first is not packed into it
    assert again.path.read_bytes() == first
    assert again.left_out == {"made-native.zip": "never needed"}
    named = pack(open_submission(Path()), tmp_path, TRACK, platform="codabench")
    assert named.path == tmp_path / "made-codabench.zip"


def test_nothing_of_somebody_elses_is_replaced(make: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    folder = make("a = 1")
    packed(folder, out)
    (folder / "submission.py").write_text("a = 2")
    packed(folder, out)  # its own earlier one
    assert held(out)["submission.py"] == b"a = 2"
    other = make("", name="other")
    for content in (out.read_bytes(), b"my thesis", b""):
        out.write_bytes(content)
        with pytest.raises(ConfigError, match="is there already, and is no bundle of other"):
            packed(other, out)
        assert out.read_bytes() == content
    packed(other, out, force=True)
    with pytest.raises(ConfigError, match=r"does not end in \.zip"):
        packed(folder, tmp_path / "out.tar")
    with pytest.raises(ConfigError, match="cannot be written"):
        packed(folder, tmp_path / "none" / "out.zip")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_names_that_a_zip_must_not_hold(make: Callable[..., Path], tmp_path: Path) -> None:
    for name, says in (
        ("back\\slash", "holds a backslash"),
        ("SUBMISSION.py", "differ in case or accents alone"),
        ("a\nb", "holds control characters"),
        (os.fsdecode(b"\xff"), "is not UTF-8"),
    ):
        folder = make("import SUBMISSION", name=f"folder-{len(says)}")
        try:
            (folder / name).write_text("")
        except OSError:
            continue  # this file system does not take it either
        with pytest.raises(SubmissionError, match=says):
            packed(folder, tmp_path / "out.zip")
        assert not (tmp_path / "out.zip").exists()


def test_a_stale_manifest(make: Callable[..., Path], tmp_path: Path) -> None:
    """Somebody unpacks a bundle and works on."""
    folder = make("import helper")
    (folder / "helper.py").write_text("")
    with zipfile.ZipFile(packed(folder, tmp_path / "a.zip", form="script").path) as bundle:
        bundle.extractall(tmp_path / "work")
    (tmp_path / "work" / "submission.py").write_text("import helper, more")
    (tmp_path / "work" / "more.py").write_text("")
    found = open_submission(tmp_path / "work")
    names = {"submission.py", "submission.yaml", "helper.py", "more.py"}
    assert found.files.keys() == names
    bundle = packed(tmp_path / "work", tmp_path / "b.zip")
    assert {name for name, file in bundle.manifest.files.items() if not file.made} == names
    # The same zipped by hand is neither a bundle nor a plain zip.
    by_hand = tmp_path / "c.zip"
    with zipfile.ZipFile(by_hand, "w") as archive:
        for path in (tmp_path / "work").rglob("*.*"):
            archive.write(path, path.relative_to(tmp_path / "work"))
    with pytest.raises(SubmissionError, match=r"is not what its manifest\.json says") as caught:
        open_submission(by_hand)
    assert "subkit pack" in caught.value.mend


def test_a_manifest_of_somebody_elses(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("")
    (folder / "manifest.json").write_text('{"name": "my app"}')
    bundle = packed(folder, tmp_path / "a.zip")
    assert json.loads(held(bundle.path)["manifest.json"])["kind"] == "bundle"
    assert bundle.left_out == {"manifest.json": "a name of the bundle's own"}


def test_a_bundle_scores_as_its_folder(run: Callable[..., Outcome], tmp_path: Path) -> None:
    folder = ROOT / "examples" / "nearest_mean"
    expected = run(folder).predictions
    for form in FORMS:
        bundle = packed(folder, tmp_path / f"{form}.zip", form=form)
        assert (run(bundle.path).predictions == expected).all()


def test_a_script_is_packed_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "cnn"
    folder.mkdir()
    (folder / "cnn.py").write_text("import net")
    (folder / "net.py").write_text("")
    for written, kept in (
        (b"command: python3 $program/cnn.py $input $output\r\ndescription: it", str),
        (b"command:\n- python3 $program/cnn.py\n- python3 $program/cnn.py $output\n", list),
    ):
        (folder / "metadata").write_bytes(written)
        source = open_submission(folder)
        bundle = packed(folder, tmp_path / "out.zip")
        assert (bundle.manifest.form, bundle.manifest.platform) == ("script", "codalab")
        assert held(bundle.path).keys() == {"cnn.py", "net.py", "metadata", "manifest.json"}
        metadata = yaml.safe_load(held(bundle.path)["metadata"])
        assert isinstance(metadata["command"], kept)
        assert b"\r" not in held(bundle.path)["metadata"]
        assert verify(bundle.path).faults == ()
        assert open_submission(bundle.path).digest == source.digest
        assert open_submission(bundle.path).commands == source.commands
    with pytest.raises(SubmissionError, match="is a script, which has no native form"):
        packed(folder, tmp_path / "out.zip", form="native")


def test_an_entry_that_was_found_by_custom(tmp_path: Path) -> None:
    folder = tmp_path / "mini"
    folder.mkdir()
    (folder / "model.py").write_text("class Model:\n    def fit(self, X, y): ...\n")
    for form in FORMS:
        bundle = packed(folder, tmp_path / f"{form}.zip", form=form)
        assert bundle.manifest.submission.entry == "model:Model"
        assert open_submission(bundle.path).digest == open_submission(folder).digest
