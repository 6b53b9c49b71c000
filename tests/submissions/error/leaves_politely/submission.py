"""Calls sys.exit."""

import sys


def train(images, labels):
    sys.exit(0)
