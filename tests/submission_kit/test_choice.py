"""Which files of a folder are the submission's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from submission_kit import choice
from submission_kit.submission import open_submission


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("", []),
        ("import net", ["net.py"]),
        ("from net import x", ["net.py"]),
        ("from pkg.deep import x", ["pkg/__init__.py", "pkg/deep.py", "pkg/other.py"]),
        ("import importlib; importlib.import_module('net')", ["net.py"]),
        ("subprocess.run([sys.executable, 'net.py'])", ["net.py"]),
        ("exec(open('tools/run.py').read())", ["tools/run.py"]),
        ("def train(:  # import net", ["net.py"]),  # no parser is asked
        ("import one", ["one.py", "two.py", "net.py"]),  # one -> two -> net
        ("internet = 1", []),
    ],
)
def test_modules_that_nothing_mentions(
    make: Callable[..., Path], code: str, kept: list[str]
) -> None:
    modules = {
        "net.py": "",
        "one.py": "import two",
        "two.py": "import net",
        "unused.py": "import net",
        "pkg/__init__.py": "",
        "pkg/deep.py": "from . import other",
        "pkg/other.py": "",
        "tools/run.py": "",
    }
    folder = lay(make(code), modules)
    found = open_submission(folder)
    own = {"submission.py", "submission.yaml"}
    assert found.files.keys() - own == set(kept)
    assert found.left_out.keys() == modules.keys() - set(kept)
    assert set(found.left_out.values()) == {"no module that is kept mentions it"}


def test_words_of_the_description_count(make: Callable[..., Path]) -> None:
    described = "entry: submission:train\nparams: {model: net_b}\n"
    folder = lay(make("", described), {"net_a.py": "", "net_b.py": "", "my-tool.py": ""})
    # No import can name my-tool.py, so whatever uses it does so in another way.
    own = {"submission.py", "submission.yaml"}
    assert open_submission(folder).files.keys() == own | {"net_b.py", "my-tool.py"}


def test_a_misspelt_entry_leaves_no_module_out(make: Callable[..., Path]) -> None:
    assert "submission.py" in open_submission(make("", "entry: submision:train\n")).files


def test_too_much_code_to_look_for_words(
    make: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "MAX_SCANNED", 10)
    folder = lay(make("x = 1\n" * 9), {"unused.py": ""})
    assert "unused.py" in open_submission(folder).files


def test_the_ignore_file_has_the_last_word(make: Callable[..., Path]) -> None:
    folder = lay(
        make(""),
        {
            ".subkitignore": "*.ckpt\n!model.zip\n!worker.py\n/data/\n",
            "a.ckpt": "",
            "model.zip": "",
            "old.zip": "",
            "worker.py": "import helper",
            "helper.py": "",
            "data/x": "",
            "pkg/data/x": "",
            ".env": "SECRET=1",
        },
    )
    found = open_submission(folder)
    own = {"submission.py", "submission.yaml"}
    assert found.files.keys() == own | {"model.zip", "worker.py", "helper.py", "pkg/data/x"}
    assert found.left_out == {
        ".env": "never needed",
        "a.ckpt": "*.ckpt in .subkitignore",
        "data/": "/data/ in .subkitignore",
        "old.zip": "never needed",
    }


def test_names_that_bundles_have_a_use_for(make: Callable[..., Path]) -> None:
    names = ("manifest.json", "metadata", "metadata.yaml")
    folder = lay(make(""), dict.fromkeys((*names, "pkg/metadata"), "{}"))
    found = open_submission(folder)
    assert found.left_out == dict.fromkeys(names, "a name of the bundle's own")
    assert "pkg/metadata" in found.files


def test_links(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("")
    lay(tmp_path / "elsewhere", {"x": "1"})
    (folder / "file").symlink_to(tmp_path / "elsewhere" / "x")
    (folder / "folder").symlink_to(tmp_path / "elsewhere")
    (folder / "nowhere").symlink_to(tmp_path / "none")
    found = open_submission(folder)
    assert "file" in found.files
    assert found.left_out == {
        "folder/": "a link to a folder",
        "nowhere": "no file that can be read",
    }
