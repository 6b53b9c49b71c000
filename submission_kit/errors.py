"""Every fault that a user can mend, each with its cause, its mend and its exit code.

Anything else that escapes is a fault of ours and is labelled so by the command line.
"""

from __future__ import annotations


class SubkitError(Exception):
    """A fault with a known cause.

    message: what is wrong, and where.
    mend: what to do about it; empty where the message says it already.
    """

    exit_code = 3

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class ConfigError(SubkitError):
    """A track, an option or a setting is wrong."""


class DataError(SubkitError):
    """A dataset is missing, broken or not what its name says."""


class SubmissionError(SubkitError):
    """The submission itself is at fault: its folder, its `submission.yaml`, its code."""

    exit_code = 1


class HarnessError(SubkitError):
    """Our own fault: never the participant's."""

    exit_code = 4
