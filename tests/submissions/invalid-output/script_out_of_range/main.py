import sys
from pathlib import Path

source, target = map(Path, sys.argv[1:])
images = sorted(source.glob("test/*/*"))
(target / "answer_test.txt").write_text("10\n" * len(images))
