"""Code: other processes, waiting for a person, and leaving before the answer is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .case import Case
from .code_network import command_of, fetches_or_installs
from .rule import Found, rule

_WAITS = {"input", "breakpoint", "pdb.set_trace", "ipdb.set_trace", "getpass.getpass"}
_STARTS = {
    "concurrent.futures.ProcessPoolExecutor",
    "multiprocessing.Pool",
    "multiprocessing.Process",
    "os.popen",
    "os.posix_spawn",
    "os.system",
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.run",
    "torch.multiprocessing.spawn",
}
_DETACHES = {"os.daemon", "os.fork", "os.forkpty", "os.setsid", "daemon.DaemonContext"}
_LEAVES = {"exit", "os._exit", "os.abort", "os.kill", "os.killpg", "quit", "sys.exit"}


@rule("C450", "error")
def waits_for_a_person(case: Case) -> Iterator[Found]:
    """Something waits for a key: `input()`, `breakpoint()`.

    Nobody sits at the server: it raises, or the time runs out.

    Mend: Put the value under `params:` in submission.yaml, or remove the line.
    """
    for source in case.sources:
        for call in source.calls:
            if call.name in _WAITS:
                yield source.at(call.node, f"{call.name}() waits for a person")


@rule("C451", "note")
def starts_processes(case: Case) -> Iterator[Found]:
    """Other processes are started.

    Honest workers are allowed. They count against the limits on processes, memory and time, and
    what outlives the trial is killed.

    Mend: Threads are enough where the work is done in numpy or torch.
    """
    for source in case.sources:
        for call in source.calls:
            spoken_of = _detaches(call.node) or fetches_or_installs(call)
            if call.name in _STARTS and not spoken_of:
                yield source.at(call.node, f"{call.name} starts another process")


@rule("C452", "warning")
def detaches(case: Case) -> Iterator[Found]:
    """A process is forked by hand, or taken out of the session.

    It looks like leaving something behind when the trial is over. The supervisor finds and kills
    it; a reviewer will ask.

    Mend: Use `subprocess.run` or `multiprocessing`, and wait for the end.
    """
    for source in case.sources:
        for call in source.calls:
            nohup = any("nohup " in text or "setsid " in text for text in command_of(call))
            if call.name in _DETACHES or nohup or (call.name in _STARTS and _detaches(call.node)):
                yield source.at(call.node, f"{call.name} takes a process out of sight")


@rule("C453", "warning")
def leaves(case: Case) -> Iterator[Found]:
    """The process is ended: `sys.exit`, `os._exit`, `os.kill`.

    If it is the trial's own, the trial ends before the answer is given, even with status 0.

    Mend: Return, or raise an exception that says what is wrong.
    """
    if case.commands:
        return  # a script may leave as it likes
    for source in case.sources:
        for call in source.calls:
            if call.name in _LEAVES:
                yield source.at(call.node, f"{call.name} ends a process")


def _detaches(node: ast.Call) -> bool:
    return any(
        keyword.arg in ("start_new_session", "daemon", "preexec_fn")
        and isinstance(keyword.value, ast.Constant | ast.Attribute)
        and getattr(keyword.value, "value", None) is not False
        and not (keyword.arg == "preexec_fn" and getattr(keyword.value, "attr", "") != "setsid")
        for keyword in node.keywords
    )
