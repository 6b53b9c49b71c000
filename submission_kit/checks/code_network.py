"""Code: what fetches something from the network, or installs it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule
from .source import Call, Source

_CLIENTS = {
    "aiohttp", "boto3", "botocore", "gdown", "httpx", "huggingface_hub", "kaggle", "kagglehub",
    "mechanize", "paramiko", "pycurl", "requests", "treq", "urllib3", "wandb", "websocket",
    "websockets", "wget",
}  # fmt: skip

_FETCHES = {
    "ftplib.FTP",
    "ftplib.FTP_TLS",
    "http.client.HTTPConnection",
    "http.client.HTTPSConnection",
    "imaplib.IMAP4",
    "poplib.POP3",
    "smtplib.SMTP",
    "socket.create_connection",
    "telnetlib.Telnet",
    "torch.hub.download_url_to_file",
    "torch.hub.list",
    "torch.hub.load",
    "torch.hub.load_state_dict_from_url",
    "torchvision.datasets.utils.download_and_extract_archive",
    "torchvision.datasets.utils.download_url",
    "urllib.request.Request",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "xmlrpc.client.ServerProxy",
}

_MODELS = re.compile(r"torchvision\.models\.(?:\w+\.)*[a-z]\w*$")
_KERAS = re.compile(r"(?:tensorflow\.)?keras\.applications\.(?:\w+\.)*[A-Z]\w*$")
_PROGRAMS = re.compile(r"(?:^|[\s;&|/])(?:wget|curl|aria2c|git\s+clone|scp|rsync|gsutil|aws)\b")
_PIP = re.compile(
    r"(?:^|[\s;&|/])(?:pip[23]?|conda|mamba|uv|apt|apt-get|easy_install)"
    r"\s+(?:\S+\s+)*?(?:install|add|download)\b"
)

_BRING = "Bring the weights as a file beside the code, and load them from there."

MAX_COMMAND = 2000
"""Characters of a command that are looked at."""


@rule("C410", "error")
def network(case: Case) -> Iterator[Found]:
    """Something is fetched from the network.

    The track gives no network: in a trial the call fails, or waits until the time is over. What is
    fetched can also differ from run to run.

    Mend: Bring what is needed as files, or do without.
    """
    for source in case.sources:
        called = False
        for call in source.calls:
            top = call.name.partition(".")[0]
            fetches = call.name in _FETCHES and not _is_local_hub(call)
            if fetches or (top in _CLIENTS and top in source.names.values()):
                called = True
                yield source.at(call.node, f"{call.name} needs the network")
            elif any(_PROGRAMS.search(text) for text in command_of(call)):
                called = True
                yield source.at(call.node, "a program is started that needs the network")
            elif call.name == ".connect" and "socket.socket" in _called(source):
                yield source.at(call.node, "a socket is connected", severity="warning")
        for item in source.imports if not called else ():
            if not item.level and item.module.partition(".")[0] in _CLIENTS:
                message = f"{item.module} is for the network"
                yield source.at(item.node, message, severity="warning")


@rule("C411", "error")
def pretrained(case: Case) -> Iterator[Found]:
    """Weights that were learnt elsewhere are loaded.

    A track is closed unless it says `pretrained: true`: a submission learns from its hundred images
    alone. A trial has no network besides, so that the download fails on any track.

    Mend: Use `weights=None` and train the network.
    """
    for source in case.sources:
        for call in source.calls:
            if what := _pretrained(call):
                if not case.rules.pretrained:
                    yield source.at(call.node, what)
                elif _downloads(case, call):
                    message = f"{what}, by a download: a trial has no network"
                    yield source.at(call.node, message, mend=_BRING)


@rule("C412", "error")
def installs(case: Case) -> Iterator[Found]:
    """Something is installed at run time.

    It needs the network and a place to write, and its version is another one each week. Real teams
    have uploaded five times to debug one such line.

    Mend: Use the packages that the track offers, or bring the code as files of your own.
    """
    for source in case.sources:
        for call in source.calls:
            text = " ".join(command_of(call))
            in_python = call.name in ("pip.main", "pip._internal.main", "pip._internal.cli.main")
            if _PIP.search(text) or in_python:
                yield source.at(call.node, "installs something at run time")


def command_of(call: Call) -> list[str]:
    """Return the text of a command that a call runs, where it stands there."""
    if not call.name.startswith(("os.system", "os.popen", "os.exec", "os.spawn", "subprocess.")):
        return []
    words = [
        str(item.value)
        for argument in [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
        for item in _constants(argument)
    ]
    return [" ".join(words)[:MAX_COMMAND]] if words else []


def fetches_or_installs(call: Call) -> bool:
    """Whether a call runs a command that has a finding here."""
    return any(_PIP.search(text) or _PROGRAMS.search(text) for text in command_of(call))


def _constants(node: ast.expr) -> Iterator[ast.Constant]:
    for item in ast.walk(node):
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            yield item


def _called(source: Source) -> set[str]:
    return {call.name for call in source.calls}


def _is_local_hub(call: Call) -> bool:
    where = call.argument(-1, "source")
    return isinstance(where, ast.Constant) and where.value == "local"


def _pretrained(call: Call) -> str:
    """Say how a call loads weights; empty where it does not."""
    if call.name.endswith(".from_pretrained"):
        return "from_pretrained loads weights"
    if call.name.endswith(".load_state_dict_from_url"):
        return ""  # it has a finding of its own
    weights = call.argument(-1, "weights", "pretrained", "weights_backbone", "pretrained_backbone")
    given = weights is not None and not _is_none(weights)
    if _MODELS.match(call.name) or call.name == "timm.create_model":
        short = call.name.rpartition(".")[2]
        if given and isinstance(weights, ast.Constant | ast.Attribute):
            return f"{short} loads weights that were learnt elsewhere"
        first = call.argument(0)
        old_form = isinstance(first, ast.Constant) and first.value is True
        return f"{short} loads weights that were learnt elsewhere" if old_form else ""
    if _KERAS.match(call.name) and (weights is None or given):
        return f"{call.name.rpartition('.')[2]} loads the weights of ImageNet unless weights=None"
    return ""


def _downloads(case: Case, call: Call) -> bool:
    """Whether the weights that a call loads are certainly no file of the submission's."""
    if call.name.endswith(".from_pretrained"):
        named = call.argument(0, "pretrained_model_name_or_path")
    elif _KERAS.match(call.name):
        named = call.argument(-1, "weights") or ast.Constant("imagenet")
    else:
        return True
    if not isinstance(named, ast.Constant) or not isinstance(named.value, str):
        return False
    place = case.root + named.value.removeprefix("./").rstrip("/")
    return place not in case.tree.files and place not in case.folders


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, False)
