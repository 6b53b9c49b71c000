"""The strongest baseline: two kernel machines and two small networks, their scores added.

Neither pretrained weights nor other images, no test image used for training, each test image
predicted alone. What it is made of:

    2 kernel machines    `kernel_ridge`: patches, gradients and windows of gradient maps compared
                         cell by cell; the second one sees scattering too
    2 networks           `map_network`: small residual networks on 565 fixed maps of 8 x 8 cells
                         (scattering, gradients, patches), which differ in their initial weights

Published best on 100 images of CIFAR-10: 43.60 +- 0.87 % (Gauthier et al., "Parametric scattering
networks", CVPR 2022), with an augmentation policy that had been searched with thousands of labels.
The networks train side by side, one a core; both stop early where the deadline is near.

Measured on the five final instances of cifar10-100 (JPEG copies), two cores of an AMD EPYC, two
threads: 45.30, 48.85, 47.50, 50.65 and 44.85 %, mean 47.43 +- 2.43, in 273 to 310 s an instance.
"""

from __future__ import annotations

from ensemble import train

__all__ = ["train"]
