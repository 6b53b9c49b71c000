"""Comparisons: what the difference of two runs is, and what so few instances can show."""

from .compare import Comparison, Pair, Power, compare

__all__ = ["Comparison", "Pair", "Power", "compare"]
