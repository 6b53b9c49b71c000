"""The doctor: on this machine, and on worse ones whose facts are made up."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import requires
from itertools import groupby
from pathlib import Path

import psutil
import pytest

from evaluator import capacity, doctor, installed
from evaluator.account import remains
from evaluator.capacity import Capacity, TemporaryFolder, of_capacity, of_temporary_folder
from evaluator.diagnosis import Finding
from evaluator.doctor import examine, left_behind, of_dataset, of_left_behind, sum_up
from evaluator.installed import Imports, Package
from evaluator.isolation import NONE, Isolation, Lack, cgroups
from evaluator.isolation.choose import choose
from evaluator.limits import Limits
from evaluator.means import STRICT, Means, compute_devices, find_means, of_isolation
from evaluator.plan import Outcome
from submission_kit import __version__
from submission_kit.errors import ConfigError
from tests.conftest import LAYERS, SUBMISSIONS, confined

GOOD = Capacity(
    cores=4,
    all_cores=4,
    quota=None,
    load=0.3,
    frequency="",
    memory=32_000_000_000,
    available=30_000_000_000,
    memory_limit=None,
    swap=0,
    swapped=0,
    shared_memory=16_000_000_000,
    open_files=None,
    clock=1e-9,
)
SECURE = Isolation("bubblewrap", filter=True, groups="own")
LINUX = Means(bubblewrap="0.8.0", landlock=7, filter=True, groups="cgroup v2")


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No dataset but the embedded one; return the cache's folder."""
    monkeypatch.delenv("SUBKIT_DATA", raising=False)
    cache = tmp_path / "cache"
    monkeypatch.setattr("platformdirs.user_cache_path", lambda app: cache / app)
    return cache / "subkit" / "data"


def named(name: str, findings: list[Finding]) -> Finding:
    (found,) = (finding for finding in findings if finding.name == name)
    return found


def check_form(findings: list[Finding]) -> None:
    """Each is one line, and says a mend exactly where there is something to mend."""
    for finding in findings:
        assert finding.found
        assert "\n" not in finding.found + finding.mend
        assert bool(finding.mend) == (finding.status != "ok"), finding
    assert len({finding.name for finding in findings}) == len(findings)


def test_this_machine(no_data: Path) -> None:
    before = set(os.listdir(tempfile.gettempdir())), set(psutil.Process().children())
    started = time.monotonic()
    findings = examine(patience=0)
    assert time.monotonic() - started < 10
    check_form(findings)
    themes = [theme for theme, _ in groupby(findings, lambda finding: finding.theme)]
    assert themes == ["software", "isolation", "machine", "data"]
    assert named("Python", findings).found == sys.version.split()[0]
    assert named("subkit", findings).found == __version__
    assert "numpy 2." in named("packages", findings).found
    try:
        choose("strict")
    except ConfigError:
        assert named(STRICT, findings).status == "warn"
    else:
        assert named(STRICT, findings).status == "ok"
    assert sum_up(findings).startswith(f"{STRICT} {named(STRICT, findings).found}")
    after = set(os.listdir(tempfile.gettempdir())), set(psutil.Process().children())
    assert after == before
    assert not no_data.exists()


# ---- software ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "wanted", "good"),
    [
        ("8.5.1", ">=8.1", True),
        ("8.1", ">=8.1.0", True),
        ("13.0.0", ">=13.7", False),
        ("2.13.0+cpu", ">=2.4", True),
        ("2.10", ">=2.9,<3", True),
        ("3.0rc1", ">=2, <3", False),
        ("1!0.5", ">=0.6", False),
        ("2.0", "!=2.0.0", False),
        ("anything", "", True),
    ],
)
def test_versions(version: str, wanted: str, good: bool) -> None:
    assert installed.satisfies(version, wanted) is good


@pytest.mark.parametrize("wanted", ["~=2.0", "===2", ">=2; 3", "newest"])
def test_what_is_not_understood_is_not_passed_over(wanted: str) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        installed.satisfies("2.0", wanted)


def test_our_own_requirements() -> None:
    packages = installed.packages(requires("subkit") or [])
    assert {package.extra for package in packages} == {"", "baselines", "test"}
    assert {"click", "numpy"} <= {package.name for package in packages if not package.extra}
    assert all(package.fits for package in packages if not package.extra)
    (absent,) = installed.packages(['no-such-package>=1.0 ; extra == "gone"'])
    assert absent == Package("no-such-package", ">=1.0", "gone", None)
    assert not absent.fits


def test_software_that_does_not_do() -> None:
    assert installed.of_python((3, 10, 12)).status == "fail"
    assert installed.of_python((3, 11)).status == "ok"
    assert "not installed" in installed.of_subkit("").found
    assert "installed as 0.0.1" in installed.of_subkit("0.0.1").found
    found = installed.of_core(
        [Package("a", ">=2", version="1.9"), Package("b"), Package("c", version="1")]
    )
    assert (found.status, found.found) == ("fail", "a 1.9, b is missing")
    assert found.mend == "pip install 'a>=2' 'b'"
    findings = [
        installed.of_optional(Package("torch", ">=2.4"), None),
        installed.of_optional(Package("torch", ">=2.4", version="2.1"), None),
        installed.of_optional(Package("torch", version="2.9"), Imports(error="no libc")),
        installed.of_optional(Package("torch", version="2.9"), Imports(late=True)),
    ]
    assert [finding.status for finding in findings] == ["warn"] * 4
    assert "'torch>=2.4'" in findings[0].mend
    assert "download.pytorch.org/whl/cpu" in findings[0].mend
    assert "2.1" in findings[1].found
    assert "no libc" in findings[2].found
    assert "less to do" in findings[3].mend


@pytest.mark.parametrize(
    ("version", "beside", "build"),
    [
        ("2.13.0+cpu", {"nvidia-cublas-cu12"}, "CPU build"),
        ("2.13.0+cu128", set(), "build for cu128"),
        ("2.13.0", {"nvidia-cublas-cu12"}, "build for CUDA"),
        ("2.13.0", {"nvidia-ml-py"}, "no CUDA libraries beside it"),
    ],
)
def test_builds_of_torch(version: str, beside: set[str], build: str) -> None:
    assert installed.torch_build(version, beside) == build


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put stand-ins for torch and torchvision before the real ones."""

    def fake(torch: str, torchvision: str) -> None:
        for name, code in (("torch", torch), ("torchvision", torchvision)):
            (tmp_path / "fake" / name).mkdir(parents=True)
            (tmp_path / "fake" / name / "__init__.py").write_text(code)
        old = os.environ.get("PYTHONPATH")
        folders = [str(tmp_path / "fake"), *([old] if old else [])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))

    return fake


TORCH = """
class library:
    operators = set()
    class Library:
        def __init__(self, name, kind): pass
        def define(self, operator): library.operators.add(operator)
"""
NEEDS_NMS = """
import torch
if not torch.library.operators:
    raise RuntimeError("operator torchvision::nms does not exist")
"""


@pytest.mark.parametrize(
    ("torch", "torchvision", "names", "error"),
    [
        (TORCH, "", {"torch", "torchvision"}, ""),
        (TORCH, NEEDS_NMS, {"torch", "guarded"}, ""),
        (TORCH, "raise OSError('libjpeg')", {"torch"}, "OSError: libjpeg"),
        ("raise ImportError('libc10')", "", set(), "ImportError: libc10"),
        ("import os; os._exit(7)", "", set(), "status 7"),
        (TORCH, "import time; time.sleep(60)", {"torch"}, "it takes more than 1 s"),
    ],
)
def test_imports(
    fake: Callable[[str, str], None], torch: str, torchvision: str, names: set[str], error: str
) -> None:
    fake(torch, torchvision)
    patience = 1 if "sleep" in torchvision else 20
    found = installed.import_torch(patience)
    assert (set(found.names), found.error, found.late) == (names, error, patience == 1)
    finding = installed.of_optional(Package("torchvision", version="0.28"), found)
    assert (finding.status == "ok") == ("torchvision" in names)
    assert ("the guard" in finding.found) == ("guarded" in names)


# ---- isolation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_what_remains_is_what_a_record_says(run: Callable[..., Outcome], layer: str) -> None:
    isolation = confined(layer)
    ended = run(SUBMISSIONS / "ok" / "constant", isolation=isolation).ended
    said = named("still possible", of_isolation(isolation, find_means(), []))
    assert said.found == ("; ".join(remains(ended)) or "nothing that is known")


def test_all_that_there_is() -> None:
    findings = of_isolation(SECURE, LINUX, ["/dev/nvidia0"])
    check_form(findings)
    assert {finding.status for finding in findings} == {"ok"}
    assert named("bubblewrap", findings).found == "0.8.0 works"
    assert named(STRICT, findings).found == "works here (L3)"
    assert "out of a trial's reach" in named("compute devices", findings).found
    root = SECURE._replace(drop=True, groups="systemd-run")
    findings = of_isolation(root, dataclasses.replace(LINUX, root=True, groups=""), [])
    assert {finding.status for finding in findings} == {"ok"}
    assert "systemd-run" in named("control groups", findings).found


def test_nothing_that_works() -> None:
    missing = (
        Lack("bubblewrap", "it is not installed", "Install it."),
        Lack("Landlock", "no filter of system calls is written for this processor"),
        Lack("unprivileged user", "it fails (PermissionError: [Errno 13] …)"),
    )
    isolation = NONE._replace(missing=missing)
    findings = of_isolation(isolation, Means(root=True), ["/dev/nvidia0", "/dev/kfd"])
    check_form(findings)
    assert {finding.status for finding in findings} == {"warn"}
    bubblewrap = named("bubblewrap", findings)
    assert (bubblewrap.found, bubblewrap.mend) == ("it is not installed", "Install it.")
    assert named("Landlock", findings).found == missing[1].why
    assert "[Errno 13]" in named("user", findings).found
    assert named("compute devices", findings).found.startswith("/dev/nvidia0, /dev/kfd: ")
    assert named(STRICT, findings).found == "does not work here (L1)"
    assert sum_up(findings) == f"{STRICT} does not work here (L1); {len(findings)} warnings"


def test_landlock_alone() -> None:
    isolation = Isolation(
        "landlock",
        filter=True,
        missing=(Lack("bubblewrap", "it fails (a. b)", "Allow it: c. d"), Lack("L3", "none")),
    )
    findings = of_isolation(isolation, LINUX, [])
    check_form(findings)
    warned = {finding.name for finding in findings if finding.status == "warn"}
    assert warned == {"bubblewrap", "control groups", "still possible"}
    bubblewrap = named("bubblewrap", findings)
    assert (bubblewrap.found, bubblewrap.mend) == ("it fails (a. b)", "Allow it: c. d")
    assert "stop or end its supervisor" not in named("still possible", findings).found
    older = of_isolation(isolation, dataclasses.replace(LINUX, landlock=4), [])
    assert "stop or end its supervisor" in named("still possible", older).found
    assert named(STRICT, findings).found == "works here (L2)"


def test_another_system() -> None:
    isolation = NONE._replace(missing=(Lack("L2", "it needs Linux", "Use a virtual machine."),))
    findings = of_isolation(isolation, Means(linux=False), [])
    check_form(findings)
    assert [finding.name for finding in findings] == ["compute devices", "still possible", STRICT]
    assert named(STRICT, findings).found == "does not work here (L0)"
    assert "needs Linux" in named(STRICT, findings).mend


@pytest.mark.skipif(sys.platform != "linux", reason="it needs Linux")
@pytest.mark.parametrize("program", ["", "#!/bin/sh\necho 'bwrap: uid map: refused' >&2; exit 1\n"])
def test_the_words_of_choose_are_taken_apart(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its real words, on a machine without bubblewrap, or with one that is not allowed to work."""
    if program:
        (tmp_path / "bwrap").write_text(program)
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    isolation = choose.__wrapped__("auto")
    finding = named("bubblewrap", of_isolation(isolation, find_means(), []))
    if program:
        assert finding.found == "it fails (bwrap: uid map: refused)"
        assert finding.mend.startswith("Allow user namespaces: ")
    else:
        assert finding.found == "it is not installed"
        assert finding.mend.startswith("Install bubblewrap: apt install")


def test_a_machine_that_cannot_even_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    choose.cache_clear()
    try:
        findings = examine(patience=0)
    finally:
        choose.cache_clear()
    check_form(findings)
    assert named("temporary folder", findings).status == "fail"
    if sys.platform == "linux":
        assert named(STRICT, findings).status == "fail"
        assert "2 failures" in sum_up(findings)


def test_compute_devices(tmp_path: Path) -> None:
    (tmp_path / "dri").mkdir()
    for name in ("null", "nvidia0", "nvidiactl", "kfd", "dri/card0", "dri/renderD128"):
        (tmp_path / name).touch()
    assert compute_devices(tmp_path) == ["/dev/dri/renderD128", "/dev/kfd", "/dev/nvidia0"]


# ---- the machine ---------------------------------------------------------------------------------


def test_a_good_machine() -> None:
    findings = of_capacity(GOOD, Limits(), SECURE)
    check_form(findings)
    assert {finding.status for finding in findings} == {"ok"}
    told = of_capacity(dataclasses.replace(GOOD, frequency="governor powersave"), Limits(), SECURE)
    assert named("frequency", told).found == "governor powersave"


@pytest.mark.parametrize(
    ("name", "facts", "says"),
    [
        ("cores", {"cores": 1}, "1 of 4; a trial has 2 threads"),
        ("cores", {"quota": 1.5}, "4, for 1.5 CPU seconds a second; a trial"),
        ("load", {"load": 3.1}, "3.10 on 4 cores"),
        ("memory", {"memory": 4_000_000_000}, "4 GB; a trial may use 8 GB"),
        ("memory", {"memory_limit": 2_000_000_000}, "2 GB of 32 GB, by a control group; a trial"),
        ("memory", {"available": 5_000_000_000}, "32 GB, 5 GB available; a trial"),
        ("swap", {"swap": 8_000_000_000, "swapped": 4_000_000_000}, "8 GB, 4 GB in use; without"),
        ("/dev/shm", {"shared_memory": 67_108_864}, "67.1 MB: little"),
        ("/dev/shm", {"shared_memory": None}, "missing"),
        ("open files", {"open_files": 1024}, "1024 for each process"),
        ("clock", {"clock": 0.0156}, "0.016 s"),
    ],
)
def test_a_machine_that_falls_short(name: str, facts: dict[str, float], says: str) -> None:
    if name == "/dev/shm" and sys.platform != "linux":
        pytest.skip("it needs Linux")
    findings = of_capacity(dataclasses.replace(GOOD, **facts), Limits(), NONE)
    check_form(findings)
    assert [finding.name for finding in findings if finding.status != "ok"] == [name]
    assert named(name, findings).found.startswith(says) or says in named(name, findings).found
    assert named(name, findings).status == "warn"


def test_a_load_is_no_matter_where_enough_is_left() -> None:
    busy = dataclasses.replace(GOOD, cores=4, all_cores=64, load=40.0)
    assert named("load", of_capacity(busy, Limits(), SECURE)).status == "ok"


@pytest.mark.parametrize(
    ("folder", "status", "says"),
    [
        (TemporaryFolder(Path("/tmp"), 80_000_000_000, "ext4"), "ok", "/tmp, 80 GB free"),
        (TemporaryFolder(Path("/tmp"), 11_000_000_000, "ext4"), "warn", "may fill 10 GB"),
        (TemporaryFolder(Path("/tmp"), 80_000_000_000, "tmpfs"), "warn", "in memory (tmpfs)"),
        (TemporaryFolder(Path("/tmp"), 900_000_000, "ext4"), "fail", "900 MB free"),
        (TemporaryFolder(Path("/tmp"), 80_000_000_000, "", Path("/x")), "warn", "not /x, which"),
        (None, "fail", "none can be written"),
    ],
)
def test_temporary_folders(folder: TemporaryFolder | None, status: str, says: str) -> None:
    finding = of_temporary_folder(folder, Limits())
    check_form([finding])
    assert finding.status == status
    assert says in finding.found
    assert status == "ok" or "TMPDIR" in finding.mend


def test_the_file_system_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "inner")
    mounts = [
        ("/", "ext4"),
        (str(tmp_path), "xfs"),
        (str(tmp_path / "inner"), "ext4"),
        (str(tmp_path / "inner"), "tmpfs"),
        (f"{tmp_path}/in", "nfs"),
    ]
    assert capacity.file_system(tmp_path / "link" / "a", mounts) == "tmpfs"
    assert capacity.file_system(tmp_path / "b", mounts) == "xfs"
    assert capacity.file_system(Path("/"), mounts) == "ext4"
    assert capacity.file_system(Path("/"), []) == ""


@pytest.fixture
def group() -> Iterator[cgroups.Group]:
    """A real control group of 3 GB."""
    place = cgroups.find() if sys.platform == "linux" else None
    if place is None:
        pytest.skip("no control group can be made")
    group = cgroups.Group(place, f"subkit-test-{os.getpid()}")
    group.make({"memory": 3 << 30, "processes": 64})
    yield group
    group.remove(5.0)


def test_the_limit_of_ones_own_control_group(group: cgroups.Group) -> None:
    entrances = group.entrances()
    code = "from evaluator.capacity import capacity; print(capacity().memory_limit)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: [os.write(entrance, b"0") for entrance in entrances],
    ).stdout
    for entrance in entrances:
        os.close(entrance)
    assert int(said) == 3 << 30


def test_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen(["true"])
    born = psutil.Process(dead.pid).create_time()
    dead.wait()
    own = psutil.Process()
    for name, pid, created in (
        ("subkit-dead", dead.pid, born),
        ("subkit-living", own.pid, own.create_time()),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "owner.json").write_text(json.dumps({"pid": pid, "created": created}))
    (tmp_path / "subkit-fresh").mkdir()
    assert left_behind() == [tmp_path / "subkit-dead"]
    assert (tmp_path / "subkit-dead").exists()  # a doctor looks, and does not touch
    finding = of_left_behind(left_behind())
    check_form([finding, *of_capacity(GOOD, Limits(), SECURE)])
    assert finding.status == "warn"
    assert str(tmp_path / "subkit-dead") in finding.found
    assert "…" in of_left_behind([Path(str(number)) for number in range(9)]).found


# ---- data ----------------------------------------------------------------------------------------


def test_datasets(tmp_path: Path, no_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def examined(data: Path | None = None, name: str = "cifar10") -> Finding:
        finding = of_dataset(name, ["cifar10-100"], data)
        check_form([finding])
        return finding

    assert examined(name="digits").status == "ok"
    assert "not here" in examined().found
    assert "SUBKIT_DATA" in examined().mend
    (no_data / "cifar10").mkdir(parents=True)
    assert "not here" in examined().found
    (no_data / "cifar10" / "cifar10-png" / "train").mkdir(parents=True)
    assert examined().found.endswith("cifar10-png, by the cache, for cifar10-100")
    (tmp_path / "held" / "train").mkdir(parents=True)
    monkeypatch.setenv("SUBKIT_DATA", str(tmp_path / "held"))
    assert examined().found == f"{tmp_path / 'held'}, by SUBKIT_DATA, for cifar10-100"
    wrong = examined(tmp_path / "gone")
    assert wrong.status == "warn"
    assert "there is no" in wrong.found
    assert "--data" in wrong.mend
    unreadable = examined(Path("x" * 5000))  # the system refuses to look there
    assert unreadable.status == "warn"


def test_each_shipped_track_has_its_dataset_looked_for() -> None:
    assert doctor.shipped_datasets() == {
        "cifar10": ["cifar10-100"],
        "digits": ["digits-100"],
        "mnist": ["mnist-100"],
    }
