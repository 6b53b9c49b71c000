"""Reads where there is nothing."""

import ctypes


def train(images, labels):
    ctypes.string_at(0)
