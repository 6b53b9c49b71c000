"""The strongest baseline: two kernel machines and two small networks, their scores added.

Neither pretrained weights nor other images, no test image used for training, each test image
predicted alone. What it is made of:

    2 kernel machines    `kernel_ridge`: patches, gradients and windows of gradient maps compared
                         cell by cell; they differ in the patches and copies that they draw
    2 networks           `map_network`: small residual networks on fixed maps of 8 x 8 cells, one
                         on all 565 (scattering, gradients, patches), one on scattering alone

Published best on 100 images of CIFAR-10: 43.60 +- 0.87 % (Gauthier et al., "Parametric scattering
networks", CVPR 2022), with an augmentation policy that had been searched with thousands of labels.
The networks train side by side, one a core; both stop early where the deadline is near.

Measured on the five final instances of cifar10-100 (JPEG copies), two cores of an AMD EPYC, two
threads: 46.00, 48.30, 47.70, 51.75 and 46.35 %, mean 48.02 +- 2.29, in 199 to 246 s an instance
(345 to 430 s of CPU); on one thread some six minutes.
"""

from __future__ import annotations

from ensemble import train

__all__ = ["train"]
