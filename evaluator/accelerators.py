"""Signs that a process computes on an accelerator, where its devices could not be hidden.

Sound: it keeps a compute device open, or NVIDIA's driver lists it among those that compute.
A hint, no more: it has mapped a driver's library. Builds of torch for CUDA map the libraries of
CUDA's runtime on any machine, which is no sign at all.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

COMPUTE_NODE = re.compile(
    r"/dev/(nvidia\d+|nvidia-uvm(-tools)?|kfd|dri/renderD\d+|accel/accel\d+|davinci\d+)"
)
"""Device files that a program opens to compute on an accelerator, not merely to look for one."""

_DRIVER = re.compile(r"/(libcuda\.so|libamdhip64\.so|libze_loader\.so|libhsa-runtime64\.so)[.\d]*$")

NVML = "libnvidia-ml.so.1"

_MAX_PROCESSES = 1024


def driver_libraries(pids: Iterable[int]) -> set[str]:
    """Return the accelerators' driver libraries that processes have mapped, by file name."""
    found = set()
    for pid in pids:
        with suppress(OSError), open(f"/proc/{pid}/maps", errors="replace") as file:  # noqa: PTH123
            for line in file:
                if match := _DRIVER.search(line.rstrip().removesuffix(" (deleted)")):
                    found.add(match[1])
    return found


def computing() -> set[int]:
    """Return the processes that NVIDIA's driver lists as computing; none where there is no driver.

    The numbers are the host's: in some containers they match nothing.
    """
    library = _nvml()
    if library is None:
        return set()

    class Process(ctypes.Structure):  # nvmlProcessInfo_t, as of nvmlDeviceGet…Processes_v3
        _fields_ = (
            ("pid", ctypes.c_uint),
            ("memory", ctypes.c_ulonglong),
            ("gpu_instance", ctypes.c_uint),
            ("compute_instance", ctypes.c_uint),
        )

    found: set[int] = set()
    devices = ctypes.c_uint(0)
    library.nvmlDeviceGetCount_v2(ctypes.byref(devices))
    for index in range(devices.value):
        device, count = ctypes.c_void_p(), ctypes.c_uint(_MAX_PROCESSES)
        processes = (Process * _MAX_PROCESSES)()
        if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)) == 0:
            ask = library.nvmlDeviceGetComputeRunningProcesses_v3
            if ask(device, ctypes.byref(count), processes) == 0:
                found.update(process.pid for process in processes[: count.value])
    return found


@cache
def _nvml() -> Any:
    """Return NVIDIA's management library, ready to be asked, or None."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(NVML)
        library.nvmlDeviceGetComputeRunningProcesses_v3  # noqa: B018 - older drivers lack it
        if library.nvmlInit_v2() == 0:
            return library
    return None
