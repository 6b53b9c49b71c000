"""The account of the limits claims no more than what was really there."""

from __future__ import annotations

from typing import Any

from evaluator.limits import Limits, account


def ended(**layers: Any) -> dict[str, Any]:
    return {
        "layers": {"cleanup": "supervisor, tree as sampled"} | layers,
        "usage": {
            "cpu_time": 30.0,
            "memory": 5,
            "processes": 2,
            "devices": [],
            "processes_left": 0,
            "interval": 0.5,
        },
        "seconds": {"charged": 20.0},
        "log_bytes": 7,
    }


def test_without_any_layer_nothing_is_claimed() -> None:
    """As on a system whose kernel offers nothing."""
    accounts = account(Limits(), 100.0, ended(subreaper=False, devices=False))
    assert accounts["memory"]["enforced_by"] == "samples of the tree"
    for name in ("file_size", "devices", "network"):
        assert accounts[name]["enforced_by"] is None, name
        assert accounts[name]["quality"] == "not enforced", name
    assert accounts["processes_left"]["quality"] == "as far as samples saw them"
    assert accounts["wall"]["quality"] == "exact"


def test_with_the_kernels_help_it_is_named() -> None:
    layers = {"subreaper": True, "devices": True, "data": "kernel", "file_size": "kernel, rlimit"}
    accounts = account(Limits(), 100.0, ended(**layers))
    assert "RLIMIT_DATA" in accounts["memory"]["enforced_by"]
    assert accounts["file_size"]["enforced_by"] == "kernel, rlimit"
    assert accounts["processes_left"]["quality"] == "exact"
    assert accounts["devices"]["quality"] == "sampled"


def test_threads_are_what_was_used_a_second() -> None:
    assert account(Limits(), 100.0, ended())["threads"]["used"] == 1.5
