"""The participant's side: the contract, the submission's folder, and what runs in the child."""

from .hooks import checkpoint, progress

__version__ = "0.1.0"
__all__ = ["__version__", "checkpoint", "progress"]
