"""What this machine has for trials at this moment, judged: cores, memory, disk, files, clock."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from submission_kit.quantities import format_size

from .diagnosis import Finding
from .isolation import Isolation, cgroups
from .isolation.linux import MAX_OPEN_FILES
from .limits import Limits
from .machine import usable_cores
from .shared_memory import FOLDER

IDLE = 0.5
"""Load that the threads of a trial can bear beside them."""

ROOM = 1.2
"""How much more should be free on disk than one trial may take."""

LEAST_DISK = 1_000_000_000
"""Bytes on disk below which no trial is sure to have what it needs."""

LEAST_SHARED_MEMORY = 256_000_000
"""Bytes of /dev/shm below which workers that share images fail; containers often have 64 MB."""

SWAPPED = 0.1
"""Swap in use, as a share of the memory, above which times suffer."""

CLOCK_STEP = 0.01
"""Seconds."""

IN_MEMORY = ("tmpfs", "ramfs")
"""File systems on which a file takes memory."""

_CPU = Path("/sys/devices/system/cpu")


@dataclass(frozen=True)
class Capacity:
    """What there is, and what others use of it.

    cores: that this process may run on.
    all_cores: of the machine.
    quota: CPU seconds a second that this process's control groups leave it; None where any number.
    load: processes that run or wait to, over the last minute.
    frequency: what the system says of the processor's pace, in words; empty where it says nothing.
    memory, available: bytes of the machine; what could be had now.
    memory_limit: bytes that this process's own control groups leave it; None where they do not.
    swap, swapped: bytes of it; bytes in use.
    shared_memory: bytes that /dev/shm can hold; None where there is none.
    open_files: that a process may have; None where there is no bound.
    clock: seconds between two values of the monotonic clock.
    """

    cores: int
    all_cores: int
    quota: float | None
    load: float
    frequency: str
    memory: int
    available: int
    memory_limit: int | None
    swap: int
    swapped: int
    shared_memory: int | None
    open_files: int | None
    clock: float


@dataclass(frozen=True)
class TemporaryFolder:
    """Where trials have their private folders.

    free: bytes that an ordinary user can still write.
    system: the kind of file system, such as ext4 or tmpfs; empty where it is not known.
    asked: the one that TMPDIR names.
    """

    path: Path
    free: int
    system: str = ""
    asked: Path | None = None


def capacity() -> Capacity:
    """Look at this machine."""
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return Capacity(
        cores=usable_cores(),
        all_cores=psutil.cpu_count() or usable_cores(),
        quota=_quota(),
        load=psutil.getloadavg()[0],
        frequency=_frequency(),
        memory=memory.total,
        available=memory.available,
        memory_limit=_memory_limit(memory.total),
        swap=swap.total,
        swapped=swap.used,
        shared_memory=_shared_memory(),
        open_files=_open_files(),
        clock=time.get_clock_info("monotonic").resolution,
    )


def temporary_folder() -> TemporaryFolder | None:
    """Look at the folder for temporary files; None where there is none that can be written."""
    asked = os.environ.get("TMPDIR")
    with suppress(OSError):
        path = Path(tempfile.gettempdir())
        mounts = ((part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True))
        return TemporaryFolder(
            path,
            psutil.disk_usage(str(path)).free,
            file_system(path, mounts),
            Path(asked) if asked else None,
        )
    return None


def file_system(path: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the kind of file system that a path is on, or nothing.

    mounts: folders and kinds, in the order in which they were mounted.
    """
    real = path.resolve()
    above = [mount for mount in mounts if real.is_relative_to(mount[0])]
    # Of several on the same folder, the last one is seen.
    return max(reversed(above), key=lambda mount: len(mount[0]), default=("", ""))[1]


def of_capacity(now: Capacity, limits: Limits, isolation: Isolation) -> list[Finding]:
    """Judge what the machine has, for one trial at a time under the limits."""
    found = [_of_cores(now, limits), _of_load(now, limits)]
    if now.frequency:
        found.append(Finding("machine", "frequency", "ok", now.frequency))
    found += [_of_memory(now, limits), _of_swap(now, isolation)]
    if sys.platform == "linux":
        found.append(_of_shared_memory(now, isolation))
    return [*found, _of_open_files(now), _of_clock(now)]


def _of_cores(now: Capacity, limits: Limits) -> Finding:
    found = f"{now.cores}" if now.cores == now.all_cores else f"{now.cores} of {now.all_cores}"
    if now.quota is not None:
        found += f", for {now.quota:.3g} CPU seconds a second"
    if min(now.cores, now.quota or now.cores) >= limits.threads:
        return _ok("cores", found)
    mend = "Measure times on a machine that has as many, or score with --threads."
    return _warn("cores", f"{found}; a trial has {limits.threads} threads", mend)


def _of_load(now: Capacity, limits: Limits) -> Finding:
    found = f"{now.load:.2f} on {now.all_cores} cores in the last minute"
    if now.load <= now.all_cores - min(limits.threads, now.cores) + IDLE:
        return _ok("load", found)
    return _warn("load", found, "End other programs, or wait for them, before times count.")


def _of_memory(now: Capacity, limits: Limits) -> Finding:
    size, limit = format_size(now.memory), format_size(limits.memory)
    have = now.memory
    if now.memory_limit is not None:
        have = now.memory_limit
        size = f"{format_size(have)} of {size}, by a control group"
    if have < limits.memory:
        mend = "Use a larger machine, or score with --memory: a trial may be killed otherwise."
        return _warn("memory", f"{size}; a trial may use {limit}", mend)
    found = f"{size}, {format_size(min(have, now.available))} available"
    if now.available < limits.memory:
        return _warn("memory", f"{found}; a trial may use {limit}", "End other programs.")
    return _ok("memory", found)


def _of_swap(now: Capacity, isolation: Isolation) -> Finding:
    if not now.swap:
        return _ok("swap", "none")
    found = f"{format_size(now.swap)}, {format_size(now.swapped)} in use"
    if not isolation.groups:
        found += "; without control groups a trial is not charged for what it has there"
    if now.swapped <= SWAPPED * now.memory:
        return _ok("swap", found)
    return _warn("swap", found, "End other programs before times count.")


def _of_shared_memory(now: Capacity, isolation: Isolation) -> Finding:
    name, size = "/dev/shm", now.shared_memory
    if isolation.files == "bubblewrap":
        return _ok(name, "a trial has one of its own")
    if size is not None and size >= LEAST_SHARED_MEMORY:
        return _ok(name, format_size(size))
    found = "missing" if size is None else f"{format_size(size)}: little for workers that share it"
    mend = "mount -o remount,size=2G /dev/shm; for a container, docker run --shm-size=2g."
    return _warn(name, found, mend)


def _of_open_files(now: Capacity) -> Finding:
    if now.open_files is None or now.open_files >= MAX_OPEN_FILES:
        return _ok("open files", f"{MAX_OPEN_FILES} for each process of a trial")
    found = f"{now.open_files} for each process of a trial, which else has {MAX_OPEN_FILES}"
    return _warn("open files", found, f"ulimit -Hn {MAX_OPEN_FILES}, as root.")


def _of_clock(now: Capacity) -> Finding:
    found = f"monotonic, in steps of {now.clock:.2g} s"
    if now.clock <= CLOCK_STEP:
        return _ok("clock", found)
    return _warn("clock", found, "Measure times on another machine.")


def of_temporary_folder(folder: TemporaryFolder | None, limits: Limits) -> Finding:
    """Judge where trials have their folders: None where no folder can be written."""
    name, move = "temporary folder", "TMPDIR to a folder on a disk with room."
    if folder is None:
        found = "none can be written"
        return Finding("machine", name, "fail", found, f"Free space, or set {move}")
    found = f"{folder.path}, {format_size(folder.free)} free"
    if folder.free < LEAST_DISK:
        return Finding("machine", name, "fail", found, f"Free space, or set {move}")
    if folder.system in IN_MEMORY:
        return _warn(name, f"{found}, in memory ({folder.system})", f"Set {move}")
    if folder.free < ROOM * limits.disk:
        found += f"; a trial may fill {format_size(limits.disk)}"
        return _warn(name, found, f"Free space, or set {move}")
    if folder.asked is not None and folder.asked.resolve() != folder.path.resolve():
        return _warn(name, f"{found}; not {folder.asked}, which TMPDIR names", "Mend TMPDIR.")
    return _ok(name, found)


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
    limits = [*_of_groups("", "memory.max"), *_of_groups("memory", "memory.limit_in_bytes")]
    return min((int(limit) for limit in limits if limit < total), default=None)


def _quota() -> float | None:
    """Return the lowest share of the processor that a control group of this process has."""
    shares = _of_groups("", "cpu.max")
    periods = _of_groups("cpu", "cpu.cfs_period_us")
    quotas = _of_groups("cpu", "cpu.cfs_quota_us")
    shares += [quota / period for quota, period in zip(quotas, periods, strict=False)]
    return min((share for share in shares if share > 0), default=None)


def _of_groups(controller: str, file: str) -> list[float]:
    """Return what a file says in this process's own control group and in all above it.

    In a container the innermost may not be there to see.
    """
    own = cgroups._own().get(controller)
    found = []
    for folder in (own, *own.parents) if own else ():
        with suppress(ValueError):
            number, *period = map(float, _word(folder / file).split())
            found.append(number / period[0] if period else number)
    return found


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


def _ok(name: str, found: str) -> Finding:
    return Finding("machine", name, "ok", found)


def _warn(name: str, found: str, mend: str) -> Finding:
    return Finding("machine", name, "warn", found, mend)
