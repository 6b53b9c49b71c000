"""A small network on the scattering transform, alone or beside a kernel machine.

Oyallon et al., "Scaling the scattering transform: deep hybrid networks" (ICCV 2017): fixed wavelets
instead of the first layers leave less to learn from few images. Their transform is written anew
in torch (`scattering`), at half the cost of kymatio's. The kernel machine beside it
(`kernel_ridge`) has no wavelets; `--param kernel_weight=0` leaves the network alone.

Measured on the five final instances of cifar10-100 (JPEG copies), one thread of a 2-core AMD EPYC:
45.85, 49.00, 46.85, 50.15 and 46.60 %, mean 47.69 +- 1.81, in 124 to 150 s of CPU an instance.
"""

from __future__ import annotations

from ensemble import train

__all__ = ["train"]
