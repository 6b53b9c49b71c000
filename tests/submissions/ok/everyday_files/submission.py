"""Writes, copies, moves, packs and removes files as honest code does."""

import os
import pickle
import shutil
import sqlite3
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np


def use(folder):
    first = folder / "first.txt"
    first.write_text("x" * 1000)
    first.chmod(0o644)
    shutil.copy2(first, folder / "second.txt")
    shutil.copytree(folder, folder.parent / "copy")
    os.replace(folder / "second.txt", folder.parent / "copy" / "third.txt")
    os.utime(first, (1_000_000_000, 1_000_000_000))
    os.link(first, folder / "link")
    (folder / "symbolic").symlink_to(first)
    assert (folder / "symbolic").read_text() == "x" * 1000
    with first.open("r+") as file:
        os.truncate(file.fileno(), 10)
        os.fsync(file.fileno())
    shutil.rmtree(folder.parent / "copy")


def train(images, labels):
    for place in (Path.home(), Path(tempfile.gettempdir()), Path.cwd()):
        with tempfile.TemporaryDirectory(dir=place) as folder:
            made = Path(folder, "made")
            made.mkdir()
            use(made)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sqlite3.connect(folder / "data.db") as database:
            database.execute("create table t (a)")
            database.execute("insert into t values (1)")
            assert database.execute("select * from t").fetchall() == [(1,)]
        database.close()
        (folder / "model.pkl").write_bytes(pickle.dumps(labels))
        assert (pickle.loads((folder / "model.pkl").read_bytes()) == labels).all()
        mapped = np.memmap(folder / "mapped", np.uint8, "w+", shape=images.shape)
        mapped[:] = images
        mapped.flush()
        np.savez_compressed(folder / "images.npz", images=images)
        assert (np.load(folder / "images.npz")["images"] == images).all()
        with zipfile.ZipFile(folder / "a.zip", "w") as archive:
            archive.write(folder / "model.pkl", "model.pkl")
        with tarfile.open(folder / "a.tar.gz", "w:gz") as archive:
            archive.add(folder / "model.pkl", "model.pkl")
        shutil.unpack_archive(folder / "a.zip", folder / "unpacked")
        shutil.unpack_archive(folder / "a.tar.gz", folder / "unpacked")
        with tempfile.NamedTemporaryFile() as file, tempfile.SpooledTemporaryFile(10) as spooled:
            file.write(b"x")
            spooled.write(b"x" * 100)
    cache = Path.home() / ".cache" / "something"
    cache.mkdir(parents=True)
    (cache / "weights").write_bytes(bytes(1_000_000))
    return lambda images: [0] * len(images)
