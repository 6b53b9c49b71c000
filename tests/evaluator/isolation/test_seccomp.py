"""The filter's numbers are the kernel's, and what it does is seen from inside."""

from __future__ import annotations

import platform
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evaluator.interpreter import isolated
from evaluator.isolation import seccomp

pytestmark = pytest.mark.skipif(not seccomp.offered(), reason="no filter for this machine")

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")


@needs_compiler
def test_the_numbers_are_those_of_the_systems_headers() -> None:
    names = "\n".join(f"{name} __NR_{name}" for name in seccomp.NUMBERS)
    source = f"#include <sys/syscall.h>\n{names}\n"
    preprocess = ["gcc", "-E", "-P", "-x", "c", "-"]
    said = subprocess.run(preprocess, input=source, capture_output=True, text=True, check=True)
    column = seccomp.ARCHITECTURES[platform.machine()][1]
    known = dict(re.findall(r"^(\w+) (\d+)$", said.stdout, re.MULTILINE))
    assert len(known) > 30  # older headers lack the newest
    for name, number in known.items():
        assert seccomp.NUMBERS[name][column] == int(number), name


def under_filter(statement: str, own_namespaces: bool = False) -> subprocess.CompletedProcess[str]:
    """Run Python under the filter."""
    put_on = (
        "from evaluator.isolation import linux, seccomp; "
        "linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1); "
        f"assert seccomp.installer(seccomp.program({own_namespaces}))()\n"
    )
    command = isolated(f"exec({put_on + statement!r})")
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


REFUSED = [
    "socket.socket(socket.AF_INET)",
    "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "socket.socket(40, socket.SOCK_STREAM)",
    "call('shmget', 0, 4096, 0o1600)",
    "call('semget', 0, 1, 0o1600)",
    "call('msgget', 0, 0o1600)",
    "call('keyctl', 0, -3, 1)",
    "call('io_uring_setup', 1, 0)",
    "call('bpf', 0, 0, 0)",
    "call('userfaultfd', 0)",
    "call('ptrace', 16, os.getppid(), 0, 0)",
    "call('process_vm_readv', os.getppid(), 0, 0, 0, 0, 0)",
    "call('unshare', 0x10000000)",
    "call('clone', 0x10000011, 0, 0, 0, 0)",
    "call('clone3', 0, 0)",
    "resource.prlimit(os.getppid(), resource.RLIMIT_CPU)",
]

TRY = f"""
import ctypes, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    number = seccomp.NUMBERS[name][{seccomp.ARCHITECTURES.get(platform.machine(), (0, 0))[1]}]
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
    if name == 'clone':
        os._exit(0)
try:
    ATTEMPT
    print('done')
except OSError as error:
    print('refused', error.errno)
"""


@pytest.mark.parametrize("attempt", REFUSED)
def test_refused(attempt: str) -> None:
    assert "refused" in under_filter(TRY.replace("ATTEMPT", attempt)).stdout


@pytest.mark.parametrize("attempt", REFUSED[:2] + REFUSED[4:5] + REFUSED[-1:])
def test_in_namespaces_of_its_own_it_may(attempt: str) -> None:
    assert "done" in under_filter(TRY.replace("ATTEMPT", attempt), own_namespaces=True).stdout


def test_what_is_pretended(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(0o644)
    said = under_filter(
        "import os\n"
        "cores = os.sched_getaffinity(0)\n"
        "os.sched_setaffinity(0, list(cores)[:1])\n"
        f"os.chmod({str(file)!r}, 0o600)\n"
        f"os.chown({str(file)!r}, os.getuid(), os.getgid())\n"
        f"os.utime({str(file)!r}, (12345, 12345))\n"
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)\n"
        "print(os.sched_getaffinity(0) == cores)"
    )
    assert said.stdout == "True\n", said.stderr
    assert file.stat().st_mode & 0o777 == 0o644
    assert file.stat().st_mtime != 12345


def test_ordinary_work_goes_on() -> None:
    said = under_filter(
        "import multiprocessing, socket, subprocess, sys, threading\n"
        "pair = socket.socketpair()\n"
        "threads = [threading.Thread(target=print, args=('thread',)) for _ in range(3)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "subprocess.run([sys.executable, '-c', 'print(\"child\")'], check=True)\n"
        "print(multiprocessing.get_context('fork').Pool(2).map(abs, [-1, -2]), flush=True)"
    )
    assert "child" in said.stdout, said.stderr
    assert "[1, 2]" in said.stdout, said.stderr


@needs_compiler
@pytest.mark.skipif(platform.machine() != "x86_64", reason="these are x86's other ways in")
@pytest.mark.parametrize(
    ("instruction", "number"),
    [("int $0x80", "20"), ("syscall", "0x40000027")],
    ids=["32-bit calls", "x32 calls"],
)
def test_another_architectures_calls_end_the_process(
    tmp_path: Path, instruction: str, number: str
) -> None:
    program = tmp_path / "program"
    source = f'int main() {{ asm volatile("{instruction}" :: "a"({number}) : "rcx", "r11"); }}\n'
    subprocess.run(["gcc", "-x", "c", "-o", program, "-"], input=source, text=True, check=True)
    assert subprocess.run([program], check=False).returncode != -signal.SIGSYS
    said = under_filter(f"import subprocess\nprint(subprocess.run([{str(program)!r}]).returncode)")
    assert said.stdout == f"{-signal.SIGSYS}\n", said.stderr


def test_it_is_for_two_architectures(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[platform.machine()]
    ours = seccomp.program(own_namespaces=False)
    monkeypatch.setattr(platform, "machine", lambda: other)
    assert seccomp.program(own_namespaces=False) != ours
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert not seccomp.offered()
    assert sys.platform == "linux"
