"""The running average of a network's weights, which predicts better than the last of them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def running_average(network: nn.Module, decay: float) -> AveragedModel:
    """Averages all parameters and buffers, exponentially; call `update_parameters` each step.

    The first steps count more evenly: after n of them the average keeps the share
    min(decay, (n + 1) / (n + 10)).
    """

    def average(old: Tensor, new: Tensor, steps: Tensor | int) -> Tensor:
        count = float(steps)
        keep = min(decay, (count + 1) / (count + 10))
        return old * keep + new * (1 - keep)

    return AveragedModel(network, avg_fn=average, use_buffers=True).eval()
