"""What this machine has for trials at this moment: cores, memory, disk, files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from .isolation import cgroups
from .machine import usable_cores
from .shared_memory import FOLDER

_CPU = Path("/sys/devices/system/cpu")


@dataclass(frozen=True)
class Capacity:
    """What there is, and what others use of it.

    cores: that this process may run on.
    all_cores: of the machine.
    load: processes that run or wait to, over the last minute.
    frequency: what the system says of the processor's pace, in words; empty where it says nothing.
    memory, available: bytes of the machine; what could be had now.
    memory_limit: bytes that this process's own control groups leave it; None where they do not.
    swap, swapped: bytes of it; bytes in use.
    shared_memory: bytes that /dev/shm can hold; None where there is none.
    open_files: that a process may have; None where there is no bound.
    """

    cores: int
    all_cores: int
    load: float
    frequency: str
    memory: int
    available: int
    memory_limit: int | None
    swap: int
    swapped: int
    shared_memory: int | None
    open_files: int | None


@dataclass(frozen=True)
class TemporaryFolder:
    """Where trials have their private folders.

    free: bytes that an ordinary user can still write.
    system: the kind of file system, such as ext4 or tmpfs; empty where it is not known.
    """

    path: Path
    free: int
    system: str = ""


def capacity() -> Capacity:
    """Look at this machine."""
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return Capacity(
        cores=usable_cores(),
        all_cores=psutil.cpu_count() or usable_cores(),
        load=psutil.getloadavg()[0],
        frequency=_frequency(),
        memory=memory.total,
        available=memory.available,
        memory_limit=_memory_limit(memory.total),
        swap=swap.total,
        swapped=swap.used,
        shared_memory=_shared_memory(),
        open_files=_open_files(),
    )


def temporary_folder() -> TemporaryFolder:
    """Look at the folder for temporary files.

    Raises:
        OSError: no folder can be written, or this one cannot be looked at.
    """
    path = Path(tempfile.gettempdir())
    mounts = ((part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True))
    return TemporaryFolder(path, psutil.disk_usage(str(path)).free, file_system(path, mounts))


def file_system(path: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the kind of file system that a path is on, or nothing.

    mounts: folders and kinds, in the order in which they were mounted.
    """
    real = path.resolve()
    above = [mount for mount in mounts if real.is_relative_to(mount[0])]
    # Of several on the same folder, the last one is seen.
    return max(reversed(above), key=lambda mount: len(mount[0]), default=("", ""))[1]


def _frequency() -> str:
    """Return the governor of the first core, and whether the processor may go beyond its pace."""
    words = []
    if governor := _word(_CPU / "cpu0/cpufreq/scaling_governor"):
        words.append(f"governor {governor}")
    for file, on in ((_CPU / "intel_pstate/no_turbo", "0"), (_CPU / "cpufreq/boost", "1")):
        if value := _word(file):
            words.append("turbo on" if value == on else "turbo off")
            break
    return ", ".join(words)


def _memory_limit(total: int) -> int | None:
    """Return the lowest limit of the control groups that this process is in, if below `total`."""
    found = [total]
    own = cgroups._own()
    for controller, file in (("", "memory.max"), ("memory", "memory.limit_in_bytes")):
        if controller in own:
            # In a container the innermost may not be there to see; those above it are.
            for folder in (own[controller], *own[controller].parents):
                with suppress(ValueError):
                    found.append(int(_word(folder / file)))
    return min(found) if min(found) < total else None


def _shared_memory() -> int | None:
    with suppress(OSError):
        return psutil.disk_usage(FOLDER).total
    return None


def _open_files() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return None if hard == resource.RLIM_INFINITY else hard


def _word(file: Path) -> str:
    with suppress(OSError):
        return file.read_text().strip()
    return ""
