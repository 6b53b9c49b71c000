"""Signs of an accelerator. None is here: files of such names, and a driver of our own making."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evaluator.accelerators import computing, driver_libraries

needs_compiler = pytest.mark.skipif(
    shutil.which("gcc") is None or sys.platform != "linux", reason="gcc is not installed"
)

DRIVER = """
#include <string.h>
#include <stdlib.h>
typedef struct { unsigned pid; unsigned long long memory; unsigned gpu, compute; } process;
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    *device = (void *)(long)(index + 1); return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, process *found) {
    if (device == (void *)1) { *count = 0; return 0; }
    *count = 1; memset(found, 0, sizeof *found); found->pid = atoi(getenv("COMPUTES")); return 0;
}
"""


def build(source: str, path: Path) -> None:
    command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(path)]
    subprocess.run(command, input=source, text=True, check=True)


@needs_compiler
def test_the_drivers_list_is_read(tmp_path: Path) -> None:
    build(DRIVER, tmp_path / "libnvidia-ml.so.1")
    said = subprocess.run(
        [sys.executable, "-c", "from evaluator.accelerators import computing; print(computing())"],
        env=os.environ | {"LD_LIBRARY_PATH": str(tmp_path), "COMPUTES": "4321"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "{4321}\n"


def test_without_a_driver_nobody_computes() -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("there is a driver here")
    assert computing() == set()


@needs_compiler
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("libcuda.so.1", {"libcuda.so"}),
        ("libamdhip64.so.6", {"libamdhip64.so"}),
        ("libcudart.so.13", set()),  # builds of torch map these on any machine
        ("libtorch_cuda.so", set()),
    ],
)
def test_a_mapped_driver_library_is_seen(tmp_path: Path, name: str, found: set[str]) -> None:
    build("int nothing;", tmp_path / name)
    code = f"import ctypes; ctypes.CDLL({str(tmp_path / name)!r}); print('up', flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert driver_libraries([child.pid, 2**22 - 1]) == found
        child.kill()
