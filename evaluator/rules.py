"""The rules that the compliance check needs to know, taken from a track."""

from __future__ import annotations

from pathlib import Path

from submission_kit.checks import Rules

from .track import Track, names, open_track


def rules_of(track: Track) -> Rules:
    """Return what the check needs to know of a track.

    A trial has no network, on any track.
    """
    return Rules(
        track=track.name,
        dataset=track.dataset,
        python=track.environment.python,
        packages=track.environment.packages,
        devices=track.devices,
        pretrained=track.pretrained,
    )


def track_named(named: str, default: str) -> tuple[Track, tuple[str, ...]]:
    """Open the track that a submission names, or the default where there is none of that name.

    Returns the track, and the names that a submission may name.

    Raises:
        ConfigError: the track's file is wrong.
    """
    known = tuple(names())
    if named in known or (named and Path(named).is_file()):
        return open_track(named), (*known, named)
    return open_track(default), known
