"""TODO"""

from __future__ import annotations

from ensemble import train

__all__ = ["train"]
