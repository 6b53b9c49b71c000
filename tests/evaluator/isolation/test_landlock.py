"""Landlock by its versions: the numbers are the kernel's, and an older one keeps files out too."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from evaluator.interpreter import isolated
from evaluator.isolation import landlock

pytestmark = pytest.mark.skipif(not landlock.abi(), reason="the kernel does not offer Landlock")

NAMES = {
    "LANDLOCK_ACCESS_FS_EXECUTE": landlock.EXECUTE,
    "LANDLOCK_ACCESS_FS_WRITE_FILE": landlock.WRITE_FILE,
    "LANDLOCK_ACCESS_FS_READ_FILE": landlock.READ_FILE,
    "LANDLOCK_ACCESS_FS_READ_DIR": landlock.READ_DIR,
    "LANDLOCK_ACCESS_FS_REFER": landlock.rights(2) - landlock.rights(1),
    "LANDLOCK_ACCESS_FS_TRUNCATE": landlock.rights(3) - landlock.rights(2),
    "LANDLOCK_ACCESS_FS_IOCTL_DEV": landlock.IOCTL_DEV,
    "LANDLOCK_CREATE_RULESET_VERSION": 1,
    "__NR_landlock_create_ruleset": landlock.CREATE_RULESET,
    "__NR_landlock_add_rule": landlock.ADD_RULE,
    "__NR_landlock_restrict_self": landlock.RESTRICT_SELF,
}


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_the_numbers_are_those_of_the_systems_headers() -> None:
    checks = "".join(
        f"#ifdef {name}\n_Static_assert({name} == {value}, {name!r});\n#endif\n".replace("'", '"')
        for name, value in NAMES.items()
    )
    source = f"#include <linux/landlock.h>\n#include <sys/syscall.h>\n{checks}"
    compile_ = ["gcc", "-fsyntax-only", "-x", "c", "-"]
    said = subprocess.run(compile_, input=source, capture_output=True, text=True, check=False)
    if "landlock.h: No such file" in said.stderr:
        pytest.skip("the system's headers are older than Landlock")
    assert said.returncode == 0, said.stderr


@pytest.mark.parametrize("version", [1, 2, 3, 5, 6])
def test_each_version_keeps_files_out(tmp_path: Path, version: int) -> None:
    if version > landlock.abi():
        pytest.skip(f"the kernel offers ABI {landlock.abi()}")
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("text")
    said = subprocess.run(
        isolated(
            "import os; from evaluator.isolation import landlock, linux; "
            f"landlock.abi = lambda: {version}; "
            f"rules = [({str(tmp_path / 'open')!r}, landlock.READ), ('/no/such', landlock.READ)]; "
            "ruleset = landlock.ruleset(rules); "
            "linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1); print(landlock.restrict(ruleset)); "
            f"print(open({str(tmp_path / 'open' / 'file')!r}).read()); "
            f"open({str(tmp_path / 'closed' / 'file')!r})"
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout == "True\ntext\n", said.stderr
    assert "PermissionError" in said.stderr


def test_without_it_nothing_is_pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "_syscall", lambda *_: -1)
    assert landlock.abi() == 0
    with pytest.raises(OSError, match="no Landlock"):
        landlock.ruleset([])
