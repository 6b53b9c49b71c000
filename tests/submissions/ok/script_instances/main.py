"""Several instances in one process, as a later contest had them."""

import sys
from pathlib import Path

source, target = map(Path, sys.argv[1:])
for i in range(1, 6):
    assert len(list(source.glob(f"train_{i}/*/*"))) == 100
    images = list(source.glob(f"test_{i}/*/*"))
    (target / f"answer_test_{i}.txt").write_text("\n".join("4" for _ in images))
