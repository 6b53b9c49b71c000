"""What is asked of the kernel for a child."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from evaluator.interpreter import isolated
from evaluator.isolation import linux

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs Linux")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to give up")


def test_an_unused_user_has_no_name_and_no_process() -> None:
    user = linux.unused_user()
    assert user is not None
    with pytest.raises(KeyError):
        pwd.getpwuid(user)
    assert linux.tasks_of(user) == 0
    assert linux.tasks_of(os.getuid()) > 0


def test_limits_stay_below_those_there_are() -> None:
    limits = {"memory": 10**9, "file_size": 10**6, "processes": 10}
    bounds = linux.resource_limits(limits, user=12345)
    assert bounds["data"][1] == 2 * 10**9
    assert bounds["tasks"][1] == linux.TASKS_PER_PROCESS * 10
    assert "tasks" not in linux.resource_limits(limits, user=0)


@as_root
def test_root_without_capabilities_is_an_ordinary_user(tmp_path: Path) -> None:
    """But for the files that root owns."""
    theirs = tmp_path / "theirs"
    theirs.write_text("text")
    os.chown(theirs, 12345, 12345)
    theirs.chmod(0o600)
    give_up = "from evaluator.isolation import linux; print(linux.give_up_capabilities()); "
    said = subprocess.run(
        isolated(f"{give_up}open({str(theirs)!r})"), capture_output=True, text=True, check=False
    )
    assert said.stdout == "True\n"
    assert "PermissionError" in said.stderr
    theirs.open().close()  # as root it can be read

    # Nor do they come back with a new program.
    status = f"{give_up}import os; os.execvp('grep', ['grep', 'CapEff', '/proc/self/status'])"
    said = subprocess.run(isolated(status), capture_output=True, text=True, check=False)
    assert said.stdout.split()[-1] == "0000000000000000"


def test_a_process_is_named() -> None:
    read = "from evaluator.isolation import linux; linux.name_process('subkit-a1b2c3d4'); "
    said = subprocess.run(
        isolated(f"{read}print(open('/proc/self/comm').read())"), capture_output=True, check=True
    )
    assert said.stdout.split() == [b"subkit-a1b2c3d4"]
