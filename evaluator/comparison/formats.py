"""A comparison as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from evaluator.paired import LEVEL, METHOD, POWER
from submission_kit import __version__

from .compare import Comparison, Pair

SCHEMA = 1


def as_json(found: Comparison) -> str:
    """Return all there is to know; accuracies, and differences of them, as shares."""
    whole = {
        "schema": SCHEMA,
        "kind": "comparison",
        "tool": f"subkit {__version__}",
        "method": {
            "p": METHOD,
            "interval": f"{METHOD}, 95 %, for each pair alone",
            "correction": "Holm, over all pairs",
            "level": LEVEL,
            "power": POWER,
            "power_level": LEVEL / len(found.pairs),
        },
        "track": found.track,
        "phase": found.phase,
        "names": found.names,
        "notes": found.notes,
        "pairs": [_pair(pair) for pair in found.pairs],
        "left_out": [{"path": str(path), "reason": reason} for path, reason in found.left_out],
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode(errors="replace").decode() + "\n"  # a path may be no UTF-8


def _pair(pair: Pair) -> dict[str, Any]:
    images = pair.images
    return {
        "names": pair.names,
        "accuracies": [pair.first, pair.second],
        "difference": dataclasses.asdict(pair.difference),
        "p": pair.p,
        "shown": pair.shown,
        "power": dataclasses.asdict(pair.power) if pair.power else None,
        "images": {
            "all": images.all._asdict(),
            "instances": {seed: count._asdict() for seed, count in images.instances.items()},
            "classes": {name: count._asdict() for name, count in images.classes.items()},
            "first_alone": images.first_alone,
            "second_alone": images.second_alone,
            "mistakes": [mistake._asdict() for mistake in images.mistakes],
            "sd": images.sd,
        }
        if images
        else None,
        "passed_over": pair.passed_over,
    }
