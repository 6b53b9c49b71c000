"""The scattering transform of 32x32 images: what wavelets see, and what wavelets see in that.

Bruna and Mallat, "Invariant scattering convolution networks" (PAMI 2013), for scale 2^2 and 8
orientations to order 2, with the filters of kymatio (Andreux et al., JMLR 2020), whose result this
equals (a test compares them). For an image x, wavelets w1 and w2 (w2 coarser) and a Gaussian g:

    order 0    x * g                    1 map
    order 1    |x * w1| * g            16 maps   2 scales x 8 orientations
    order 2    ||x * w1| * w2| * g     64 maps   8 x 8 orientations, scales 0 and 1

Each is sampled every 4 pixels: 81 maps of 8x8 for each colour. Convolutions with wavelets are
products of spectra; the Gaussian, which falls apart into rows and columns, is two small matrices.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

ORIENTATIONS = 8
MAPS = 1 + 2 * ORIENTATIONS + ORIENTATIONS**2
MARGIN = 4  # pixels of reflected border on each side
SIDE = 32 + 2 * MARGIN
SMOOTH = 1.6  # width of the Gaussian in pixels


class Scattering:
    """The filters, computed once; calling it transforms a batch."""

    def __init__(self) -> None:
        turns = [math.pi * (ORIENTATIONS // 2 - 1 - i) / ORIENTATIONS for i in range(ORIENTATIONS)]
        self.fine = _spectra([_morlet(0.8, 0.75 * math.pi, turn) for turn in turns])
        self.coarse = _spectra([_morlet(1.6, 0.375 * math.pi, turn) for turn in turns])
        self.smooth, self.smooth_half = _smoothing(1), _smoothing(2)

    def __call__(self, images: Tensor) -> Tensor:
        """float [N, C, 32, 32] to float [N, C * MAPS, 8, 8], one colour's maps after the other's.

        Of a colour: order 0, the 16 of order 1 (fine scale first), then for each orientation
        of the fine wavelet its 8 of order 2. Fastest for a few images at a time.
        """
        padded = functional.pad(images, [MARGIN] * 4, mode="reflect")
        spectrum = torch.fft.fft2(padded)[:, :, None]
        fine = torch.fft.ifft2(spectrum * self.fine).abs()
        coarse = torch.fft.ifft2(_every_second(spectrum, self.coarse)).abs()
        again = torch.fft.fft2(fine)[:, :, :, None]
        second = torch.fft.ifft2(_every_second(again, self.coarse)).abs().flatten(2, 3)
        full = self.smooth @ torch.cat([padded[:, :, None], fine], 2) @ self.smooth.T
        half = torch.cat([coarse, second], 2)
        half = self.smooth_half @ half @ self.smooth_half.T
        return torch.cat([full, half], 2).flatten(1, 2)


def _every_second(spectrum: Tensor, wavelets: Tensor) -> Tensor:
    """Spectra of every second pixel, each way, of an image convolved with each of the wavelets.

    Leaving out pixels lays the quarters of a spectrum over each other.
    """
    half = SIDE // 2
    parts = [
        spectrum[..., rows, columns] * wavelets[:, rows, columns]
        for rows in (slice(half), slice(half, SIDE))
        for columns in (slice(half), slice(half, SIDE))
    ]
    return (parts[0] + parts[1] + parts[2] + parts[3]) / 4


def _smoothing(step: int) -> Tensor:
    """Smooths a line of every `step`-th pixel and samples it every 4 pixels: [8, SIDE / step]."""
    places = np.arange(MARGIN, SIDE - MARGIN, 4)[:, None] - np.arange(0, SIDE, step)
    # What reaches over the end comes in at the other, as in a product of spectra.
    around = places[..., None] + SIDE * np.arange(-2, 3)
    bell = np.exp(-(around**2) / (2 * SMOOTH**2)).sum(-1) * step
    return torch.from_numpy(bell / (math.sqrt(2 * math.pi) * SMOOTH)).float()


def _spectra(filters: list[np.ndarray]) -> Tensor:
    """Real spectra of filters that are symmetric about the origin, float [F, SIDE, SIDE]."""
    return torch.from_numpy(np.fft.fft2(np.stack(filters)).real).float()


def _morlet(sigma: float, frequency: float, turn: float) -> np.ndarray:
    """A Gabor filter less as much of its envelope as makes its sum 0."""
    slant = 4 / ORIENTATIONS
    wave = _gabor(sigma, frequency, turn, slant)
    envelope = _gabor(sigma, 0, turn, slant)
    result: np.ndarray = wave - wave.sum() / envelope.sum() * envelope
    return result


def _gabor(sigma: float, frequency: float, turn: float, slant: float) -> np.ndarray:
    """A Gaussian times a complex wave, complex [SIDE, SIDE], around the origin at [0, 0].

    sigma: width along the wave in pixels, across it sigma / slant; frequency: radians a pixel;
    turn: direction of the wave, radians. What reaches over the border comes in at the other side.
    """
    cos, sin = math.cos(turn), math.sin(turn)
    rotation = np.array([[cos, -sin], [sin, cos]])
    curvature = rotation @ np.diag([1, slant**2]) @ rotation.T / (2 * sigma**2)
    total = np.zeros((SIDE, SIDE), complex)
    for down in range(-2, 3):
        for right in range(-2, 3):
            y, x = np.mgrid[
                down * SIDE : (down + 1) * SIDE, right * SIDE : (right + 1) * SIDE
            ].astype(float)
            bell = curvature[0, 0] * y**2 + 2 * curvature[0, 1] * x * y + curvature[1, 1] * x**2
            total += np.exp(-bell + 1j * frequency * (y * cos + x * sin))
    return total / (2 * math.pi * sigma**2 / slant)
