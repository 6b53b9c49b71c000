"""Asks the system what honest code and its libraries ask, and uses it as they do."""

import asyncio
import ctypes
import ctypes.util
import datetime
import faulthandler
import getpass
import locale
import logging
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
import warnings
import zoneinfo

import psutil


async def several():
    async def one(number):
        await asyncio.sleep(0.01)
        return number

    server = await asyncio.create_subprocess_exec("true")
    assert await server.wait() == 0
    return await asyncio.gather(*(one(i) for i in range(5)))


def ask():
    assert getpass.getuser()
    assert os.path.isdir(os.path.expanduser("~"))
    assert platform.platform()
    assert platform.processor() is not None
    assert platform.libc_ver()
    locale.setlocale(locale.LC_ALL, "")
    assert locale.getpreferredencoding().lower().replace("-", "") == "utf8"
    assert datetime.datetime.now().astimezone().tzinfo
    if zoneinfo.available_timezones():
        zoneinfo.ZoneInfo("Europe/Berlin")
    assert socket.gethostname()
    assert uuid.uuid1() != uuid.uuid4()
    assert os.cpu_count() >= len(os.sched_getaffinity(0)) >= 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    assert psutil.virtual_memory().total > 0
    assert psutil.cpu_count() >= 1
    own = psutil.Process()
    assert own.memory_full_info().uss > 0
    assert own.num_threads() >= 1
    assert own.open_files() is not None
    assert own.children() == []
    psutil.cpu_percent()
    psutil.disk_usage(os.getcwd())


def use():
    assert asyncio.run(several()) == [0, 1, 2, 3, 4]
    threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left, right = socket.socketpair()
    left.send(b"x")
    assert right.recv(1) == b"x"
    assert "submission.py" in subprocess.run(["ls"], capture_output=True, text=True).stdout
    code = "import numpy, sys; print(sys.flags.isolated)"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"0\n"
    assert subprocess.getoutput("echo $HOME").startswith("/")
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.03)
    os.nice(1)
    faulthandler.enable()
    faulthandler.dump_traceback_later(1000)
    faulthandler.cancel_dump_traceback_later()
    warnings.warn("an honest warning", stacklevel=1)
    logging.getLogger("honest").error("an honest error")
    print("🙈 ‮ e\u0301 \N{SNOWMAN} \ud800".encode("utf-8", "replace"), "🙈")
    try:
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
    except OSError as error:
        print("no weights to be had:", error)


def reserve():
    """Reserve what nobody will use, as allocators do, and look for what is not there."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # and no swap for it
    found = libc.mmap(None, ctypes.c_size_t(64 << 30), 0, flags, -1, ctypes.c_size_t(0))
    assert found != ctypes.c_void_p(-1).value
    for name in ("libcuda.so.1", "libcudart.so.12", "libnvidia-ml.so.1"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
    assert ctypes.util.find_library("c")


def train(images, labels):
    ask()
    use()
    reserve()
    return lambda images: [0] * len(images)
