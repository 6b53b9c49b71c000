import sys
from pathlib import Path

import counting

source, target = map(Path, sys.argv[1:])
(target / "count").write_text(str(counting.images(source)))
