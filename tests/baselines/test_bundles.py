"""What a baseline is packed into gives what its folder gives, in both forms."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import baselines
from submission_kit.bundle import pack
from submission_kit.manifest import Target
from submission_kit.submission import open_submission
from submission_kit.verify import verify
from tests.image_folders import lay_out

TRACK = Target("digits-100", "0" * 64, 1440.0, 2)


@pytest.mark.parametrize("name", baselines.NAMES)
def test_bundles_score_as_their_folder(name, run, instance, tmp_path):
    folder = open_submission(baselines.path(name))
    small = folder.with_params(folder.smoke)
    expected = run(small)
    assert expected.verdict.name == "ok", expected.verdict

    bundle = pack(folder, tmp_path / "native.zip", TRACK)
    assert not verify(bundle.path).faults
    native = open_submission(bundle.path)
    assert native.digest == folder.digest
    outcome = run(native.with_params(native.smoke))
    assert np.array_equal(outcome.predictions, expected.predictions)

    bundle = pack(small, tmp_path / "script.zip", TRACK, form="script")
    assert not verify(bundle.path).faults
    zipfile.ZipFile(bundle.path).extractall(tmp_path / "program")
    images = lay_out(instance, tmp_path / "input")
    command = [sys.executable, "program/main.py", str(images), "output"]
    environment = os.environ | {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    answers = [int(line) for line in (tmp_path / "output" / "answer_test.txt").open()]
    # A script says its choice alone, where the native form may say scores.
    chosen = expected.predictions
    assert answers == (chosen if chosen.ndim == 1 else chosen.argmax(axis=1)).tolist()
