"""Named sources of labelled images: digits, CIFAR-10, MNIST, and whatever a person lays out.

    name, --data ──▶ registry.open_dataset ──▶ locate: which file or folder, in which form
                                                  │
          ┌──────────────┬──────────────┬─────────┴────┬──────────────┬─────────────┐
       digits        image_tree        npz          cifar10         mnist        download
     (embedded)   (folder or zip,   (x_train, …)  (the published files, their     (into the
                   via zipindex)                   checksums tested first)       cache, once)

Importing this package costs no more than numpy; nothing in it ever imports torch into this
process.
"""

from evaluator.datasets.dataset import SPLITS, Dataset
from evaluator.datasets.registry import open_dataset

__all__ = ["SPLITS", "Dataset", "open_dataset"]
