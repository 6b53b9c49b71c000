"""Every tool of multiprocessing that honest code uses, with fork and with spawn."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import shared_memory

import numpy as np
import psutil


def work(queue, lock, value, name):
    psutil.Process().memory_info()
    memory = shared_memory.SharedMemory(name)
    with lock:
        value.value += 1
        np.ndarray((4,), np.uint8, memory.buf)[0] += 1
    memory.close()
    queue.put("done")


def square(number):
    return number**2


def train(images, labels):
    fork = multiprocessing.get_context("fork")
    queue, lock, value = fork.Queue(), fork.Lock(), fork.Value("i", 0)
    memory = shared_memory.SharedMemory(create=True, size=4096)
    workers = [fork.Process(target=work, args=(queue, lock, value, memory.name)) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert [queue.get(timeout=20) for _ in workers] == ["done", "done"]
    for worker in workers:
        worker.join()
    assert value.value == memory.buf[0] == 2
    memory.close()
    memory.unlink()
    with fork.Pool(2) as pool:
        assert pool.map(square, range(4)) == [0, 1, 4, 9]
    with fork.Manager() as manager:
        assert manager.dict(a=1)["a"] == 1
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        assert list(executor.map(square, range(4))) == [0, 1, 4, 9]
    with ThreadPoolExecutor(4) as executor:
        assert list(executor.map(square, range(4))) == [0, 1, 4, 9]
    return lambda images: [0] * len(images)
