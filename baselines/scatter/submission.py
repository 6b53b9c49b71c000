"""A small network on the scattering transform, alone or beside a kernel machine.

Oyallon et al., "Scaling the scattering transform: deep hybrid networks" (ICCV 2017): fixed wavelets
instead of the first layers leave less to learn from few images. Their transform is written anew
in torch (`scattering`), at half the cost of kymatio's. The kernel machine beside it
(`kernel_ridge`) has no wavelets; `--param kernel_weight=0` leaves the network alone.
"""

from __future__ import annotations

from ensemble import train

__all__ = ["train"]
