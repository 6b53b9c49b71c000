"""The running average of a network's weights, which predicts better than the last of them."""

from __future__ import annotations

import copy

from torch import nn


class Average:
    """Exponential moving average of all parameters and buffers of a network.

    The first steps count more evenly: after step t (from 0) the old average keeps the share
    min(decay, (t + 1) / (t + 10)).
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.steps = 0

    def update(self, network: nn.Module) -> None:
        """Take in the network as it is now."""
        keep = min(self.decay, (self.steps + 1) / (self.steps + 10))
        self.steps += 1
        ours, theirs = self.network.state_dict(), network.state_dict()
        for name, value in ours.items():
            if value.is_floating_point():
                value.lerp_(theirs[name], 1 - keep)
            else:  # batch norm's count of batches
                value.copy_(theirs[name])
