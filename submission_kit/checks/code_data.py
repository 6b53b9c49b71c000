"""Code: what reads a dataset, or names its files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule

_OWNFILES = {
    "torchvision.datasets.DatasetFolder",
    "torchvision.datasets.FakeData",
    "torchvision.datasets.ImageFolder",
    "torchvision.datasets.VisionDataset",
}
"""What reads the folders that a script is given."""

_LOADERS = re.compile(
    r"torchvision\.datasets\.(?:\w+\.)?[A-Z]\w+"
    r"|sklearn\.datasets\.(?:fetch_\w+|load_digits)"
    r"|(?:tensorflow\.)?keras\.datasets\.\w+\.load_data"
    r"|tensorflow_datasets\.load|datasets\.load_dataset|torchtext\.datasets\.\w+"
)

FILES = re.compile(
    r"cifar-?100?-(?:batches-py|python|binary|jpeg)|cifar-100-python|data_batch_[1-5]|test_batch$"
    r"|(?:train|t10k)-(?:images|labels)[.-]idx[13]-ubyte|SUBKIT_DATA|cifar-?10\.(?:npz|zip|tar)"
    r"|mnist\.(?:npz|pkl)",
    re.ASCII,
)
"""Names of the files in which known datasets are published."""


@rule("C430", "error")
def dataset(case: Case) -> Iterator[Found]:
    """A dataset is loaded.

    A submission learns from the images that it is given. The track's own dataset holds the hidden
    test images, and any other is learning from elsewhere; both need the network or files that a
    server does not have.

    Mend: Use the arguments `images` and `labels`; in a script, the folders of `$input`.
    """
    for source in case.sources:
        for call in source.calls:
            if _LOADERS.fullmatch(call.name) and call.name not in _OWNFILES:
                yield source.at(call.node, f"{call.name} loads a dataset")


@rule("C431", "warning")
def dataset_file(case: Case) -> Iterator[Found]:
    """The files of a known dataset are named, or the variable that says where they are.

    They hold the hidden test images and their labels. In a trial they cannot be reached where the
    harness can hide them.

    Mend: Use the arguments `images` and `labels`.
    """
    for source in case.sources:
        for text, node in source.strings:
            if len(text) < 500 and (match := FILES.search(text)):
                yield source.at(node, f"names {match[0]!r}, a dataset's files")
