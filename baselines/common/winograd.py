"""3x3 convolutions with fewer multiplications.

Winograd's minimal filtering (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
CVPR 2016): a tile of m x m outputs of one channel takes (m + 2)^2 multiplications instead of 9 m^2,
which is 4 times fewer for m = 4 and 2.25 times for m = 2. Tiles and filters are taken to other
coordinates first and the outputs back, and what is left are (m + 2)^2 products of matrices. Results
are those of the convolution itself but for rounding (1e-5 of the largest in float32); gradients are
computed in tiles too, at the same saving.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

# For tiles of m x m outputs: how an input tile, a filter and a tile of products are transformed
# along one axis (B^T, G and A^T of the paper, from the points 0, 1, -1, and 2, -2 for m = 4).
AXIS = {
    2: (
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
        [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
        [[1, 1, 1, 0], [0, 1, -1, -1]],
    ),
    4: (
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ],
        [
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ],
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
    ),
}
# Below this product of input and output channels the transforms cost more than they save.
WORTHWHILE = 128 * 128


def use_winograd(network: nn.Module) -> None:
    """Have the network's convolutions done so where that pays; its parameters stay the same."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Conv2d and _is_worthwhile(child):
                setattr(parent, name, Convolution(child.weight))


def _is_worthwhile(direct: nn.Conv2d) -> bool:
    shape = (direct.kernel_size, direct.stride, direct.padding, direct.dilation)
    return (
        shape == ((3, 3), (1, 1), (1, 1), (1, 1))
        and direct.groups == 1
        and direct.bias is None
        and direct.padding_mode == "zeros"
        and direct.in_channels * direct.out_channels >= WORTHWHILE
    )


class Convolution(nn.Module):  # type: ignore[misc]  # torch is not followed by the type check
    """3x3, padding 1, no bias: by tiles where they fit and numbers have 32 bits, else directly."""

    def __init__(self, weight: nn.Parameter) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, inputs: Tensor) -> Tensor:
        """float [N, C, H, W] to [N, D, H, W]."""
        sides = inputs.shape[2:]
        side = next((side for side in (4, 2) if not any(each % side for each in sides)), None)
        # 16 bits are too few for the transforms, and where processors have them they are fast.
        if side is None or torch.is_autocast_enabled("cpu"):
            return functional.conv2d(inputs, self.weight, padding=1)
        return by_tiles(inputs, self.weight, side)


def by_tiles(inputs: Tensor, weight: Tensor, side: int) -> Tensor:
    """The convolution of float [N, C, H, W] with [D, C, 3, 3] and padding 1: [N, D, H, W].

    side: of a tile of outputs, 2 or 4; H and W are multiples of it.
    """
    result: Tensor = _ByTiles.apply(inputs, weight, side)
    return result


class _ByTiles(torch.autograd.Function):  # type: ignore[misc]
    """`by_tiles`. Its own gradient: that of `unfold` takes a third as long as all the products."""

    # A tile's positions always come first: a transform is then one product with a small matrix,
    # and what the channels do is one product of matrices for each position.

    @staticmethod
    def forward(context: Any, inputs: Tensor, weight: Tensor, side: int) -> Tensor:
        to_tiles, to_filters, to_outputs = _both_axes(side)
        tiles = _transform(to_tiles, _cut(inputs, side))
        filters = _transform(to_filters, weight.permute(2, 3, 0, 1).flatten(0, 1))
        context.save_for_backward(tiles, filters)
        context.side, context.shape = side, inputs.shape
        return _assemble(_transform(to_outputs, torch.bmm(tiles, filters.mT)), inputs.shape, side)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        tiles, filters = context.saved_tensors
        side = context.side
        to_tiles, to_filters, to_outputs = _both_axes(side)
        products = _transform(to_outputs.mT, _take_apart(gradient, side))
        of_filters = _transform(to_filters.mT, torch.bmm(products.mT, tiles))
        of_tiles = _transform(to_tiles.mT, torch.bmm(products, filters))
        outputs, channels = of_filters.shape[1:]
        of_weight = of_filters.view(3, 3, outputs, channels).permute(2, 3, 0, 1)
        return _add_up(of_tiles, context.shape, side), of_weight, None


def _both_axes(side: int) -> list[Tensor]:
    """The transforms of a whole tile, its rows one after the other: float [after, before]."""
    axes = [torch.tensor(matrix, dtype=torch.float32) for matrix in AXIS[side]]
    return [torch.kron(matrix, matrix) for matrix in axes]


def _transform(matrix: Tensor, positions: Tensor) -> Tensor:
    """[after, before] and [before, P, Q] to [after, P, Q]."""
    return (matrix @ positions.flatten(1)).view(-1, *positions.shape[1:])


def _cut(inputs: Tensor, side: int) -> Tensor:
    """[N, C, H, W], padded by 1, to overlapping tiles [(side + 2)^2, tiles, C]."""
    edge = side + 2
    windows = functional.pad(inputs, (1, 1, 1, 1)).unfold(2, edge, side).unfold(3, edge, side)
    return windows.permute(4, 5, 0, 2, 3, 1).reshape(edge**2, -1, inputs.shape[1])


def _add_up(tiles: Tensor, shape: torch.Size, side: int) -> Tensor:
    """The transposed of `_cut`: what tiles say of one value is added. [N, C, H, W] of `shape`."""
    count, channels, height, width = shape
    edge = side + 2
    down, across = height // side, width // side
    tiles = tiles.view(edge, edge, count, down, across, channels)
    total = tiles.new_zeros(count, height + 2, width + 2, channels)
    for row in range(edge):
        for column in range(edge):
            part = total[:, row : row + height : side, column : column + width : side]
            part += tiles[row, column]
    return total[:, 1:-1, 1:-1].permute(0, 3, 1, 2)


def _take_apart(outputs: Tensor, side: int) -> Tensor:
    """[N, D, H, W] to tiles that touch: [side^2, tiles, D]."""
    windows = outputs.unfold(2, side, side).unfold(3, side, side)
    return windows.permute(4, 5, 0, 2, 3, 1).reshape(side**2, -1, outputs.shape[1])


def _assemble(tiles: Tensor, shape: torch.Size, side: int) -> Tensor:
    """The inverse of `_take_apart`: [N, D, H, W], with N, H and W of `shape`."""
    count, _, height, width = shape
    tiles = tiles.view(side, side, count, height // side, width // side, -1)
    return tiles.permute(2, 3, 0, 4, 1, 5).reshape(count, height, width, -1).permute(0, 3, 1, 2)
