"""The account of a trial claims no more than what was really there."""

from __future__ import annotations

from typing import Any

from evaluator.account import account, remains
from evaluator.limits import Limits
from evaluator.verdict import judge


def ended(cores: list[int] | None = None, **layers: Any) -> dict[str, Any]:
    return {
        "layers": {"cleanup": "supervisor, tree as sampled"} | layers,
        "usage": {
            "cpu_time": 30.0,
            "memory": 5,
            "processes": 2,
            "disk": 4096,
            "files": 1,
            "devices": [],
            "drivers": ["libcuda.so"],
            "processes_left": 0,
            "interval": 0.5,
            "cores": cores,
        },
        "seconds": {"charged": 20.0, "off_clock": 0.0},
        "log_bytes": 7,
    }


OUT_OF_REACH = ("network", "reading", "harness")


def test_without_any_layer_nothing_is_claimed() -> None:
    """As on a system whose kernel offers nothing."""
    last_word = ended(subreaper=False, sees_devices=False)
    accounts = account(Limits(), 100.0, last_word)
    assert accounts["memory"]["enforced_by"] == "samples of the tree"
    for name in ("file_size", "devices", *OUT_OF_REACH):
        assert accounts[name]["enforced_by"] is None, name
        assert accounts[name]["quality"] == "not enforced", name
    assert "hint" in accounts["threads"]["quality"]
    assert "lower bound" in accounts["cpu_time"]["quality"]
    assert accounts["processes_left"]["quality"] == "as far as samples saw them"
    assert accounts["wall"]["quality"] == "exact"
    assert len(remains(last_word)) == 5


def test_with_the_kernels_help_it_is_named() -> None:
    layers = {"subreaper": True, "sees_devices": True, "data": "kernel", "file_size": "kernel"}
    accounts = account(Limits(), 100.0, ended(**layers))
    assert "RLIMIT_DATA" in accounts["memory"]["enforced_by"]
    assert accounts["file_size"]["enforced_by"] == "kernel"
    assert accounts["processes_left"]["quality"] == "exact"
    assert accounts["devices"]["quality"] == "sampled"
    assert accounts["devices"]["drivers"] == ["libcuda.so"]


def test_with_every_layer_all_is_exact_but_what_is_sampled() -> None:
    layers = dict.fromkeys(("files", "network", "harness", "devices", "memory", "cpu_time"), "it")
    last_word = ended(cores=[0, 1], subreaper=True, **layers)
    last_word["layers"]["cores"] = "affinity, kept by seccomp"
    accounts = account(Limits(), 100.0, last_word)
    for name in ("devices", "threads", *OUT_OF_REACH):
        assert accounts[name]["quality"] == "exact", name
    assert accounts["cpu_time"]["quality"] == "exact (it)"
    assert accounts["memory"]["quality"].startswith("enforced exactly")
    assert remains(last_word) == []


def test_what_landlock_leaves_is_said() -> None:
    layers = {"files": "Landlock ABI 4", "network": "seccomp", "memory": "cgroup"}
    said = " ".join(remains(ended(**layers)))
    assert "Unix socket" in said
    assert "command lines" in said
    assert "/dev/shm" in said
    assert "stop or end its supervisor" in said  # signals are kept in since ABI 6
    assert "labels" not in said


def test_threads_are_what_was_used_a_second() -> None:
    assert account(Limits(), 100.0, ended())["threads"]["used"] == 1.5


def test_checkpoints_do_not_count_as_threads() -> None:
    """Their CPU time is in the account, so their time off the clock has to be."""
    last_word = ended(cores=[0])
    assert account(Limits(), 100.0, last_word)["threads"]["used"] == 1.5
    last_word["seconds"]["off_clock"] = 10.0
    assert account(Limits(), 100.0, last_word)["threads"]["used"] == 1.0
    finished = {"cause": "finished", "detail": "", "phase": "exit"}
    kept_by_nobody = last_word["layers"] | {"cores": "affinity"}
    word = last_word | finished | {"layers": kept_by_nobody}
    assert judge(word, None, "", {"threads": 1}).name == "ok"
    word["seconds"] = {"charged": 20.0, "off_clock": 0.0}
    assert judge(word, None, "", {"threads": 1}).name == "violation"
