"""Leaderboards: who is really ahead, from the records of runs alone."""

from .board import Board, Leaderboards, Row, leaderboards
from .ranks import RULE, Standing, rank

__all__ = ["RULE", "Board", "Leaderboards", "Row", "Standing", "leaderboards", "rank"]
