"""Lets `import torchvision` work where its compiled operators cannot load.

PyPI's Linux wheel of torchvision is built for CUDA. Beside a CPU-only torch its extension does not
load; torchvision shrugs that off, then stops at the first operator that it wants to describe:

    import torchvision
      -> RuntimeError: operator torchvision::nms does not exist
    with the guard
      -> declare an operator of that name without code, execute torchvision again,
         and so on for the next name

Afterwards transforms, datasets and models work; an operator that needs the compiled code (`nms`,
image decoding) still says so when it is called. On a healthy installation nothing is declared.
The real cure is torchvision's `+cpu` wheel from PyTorch's own index.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # every child installs the guard, and few import torchvision
    import importlib.abc
    import importlib.machinery

_MISSING = re.compile(r"operator torchvision::(\w+) does not exist\s*")

# torch forgets a declaration as soon as the library object that made it is collected.
_libraries: dict[str, Any] = {}


def install() -> None:
    """Guard imports of torchvision from now on; a second call changes nothing.

    Does not import torch or torchvision.
    """
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())  # type: ignore[arg-type]


class _Finder:
    """Finds torchvision as the other finders do, with a guarded loader."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "torchvision":
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Executes torchvision until no operator is missing any more."""

    def __init__(self, inner: importlib.abc.Loader) -> None:
        self.inner = inner

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self.inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module keeps its own loader, so that resources and reloads are found as usual.
        module.__loader__ = self.inner
        if module.__spec__ is not None:
            module.__spec__.loader = self.inner
        while True:
            try:
                self.inner.exec_module(module)
            except RuntimeError as error:
                missing = _MISSING.fullmatch(str(error))
                # Missing although declared: declaring it again would go round for ever.
                if missing is None or missing[1] in _libraries:
                    raise
                _declare(missing[1])
            else:
                return


def _declare(operator: str) -> None:
    """Make `torchvision::<operator>` exist, taking and returning nothing."""
    import torch  # loaded already: the error came out of it

    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define(f"{operator}() -> ()")
    _libraries[operator] = library
