"""Files that are read only if they are, byte for byte, the published ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

from submission_kit.errors import DataError


def read_checked(path: Path, md5: str) -> bytes:
    """Read a file whole and compare it with its published MD5 (32 hexadecimal digits).

    What is returned is what was compared: the file is not opened a second time.
    Raises DataError where it cannot be read or differs.
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise DataError(f"{path} cannot be read: {fault.strerror}") from fault
    check(content, md5, str(path))
    return content


def check(content: bytes, md5: str, what: str) -> None:
    """Raise DataError, naming `what`, unless the content has this MD5."""
    # MD5 is what the authors published. It tells damage, not malice: whoever parses the content
    # still must not trust it.
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise DataError(
            f"{what} is not the published file: its MD5 is {found}, published is {md5}",
            "It is damaged, incomplete or changed: fetch the original again, or hand the images"
            " over as a zip, a folder or an .npz, which are taken as they are.",
        )
