import sys
from pathlib import Path

source, target = map(Path, sys.argv[1:])
images = sorted(source.glob("test/*/*"))
(target / "answers.txt").write_text("0\n" * len(images))
