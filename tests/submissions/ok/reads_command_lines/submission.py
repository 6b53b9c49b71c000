"""Looks for the track, its seed and a secret word in every command line and environment."""

from pathlib import Path


def train(images, labels, *, seed, secret):
    words = [str(seed).encode(), b"the secret word", b"digits-100", secret.encode()]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        said = b""
        for name in ("cmdline", "environ", "comm"):
            try:
                said += (folder / name).read_bytes()
            except OSError:
                continue
        found += [word for word in words if b"evaluator" in said and word in said]
    if found:
        raise RuntimeError(f"found {found}")
    return lambda images: [0] * len(images)
