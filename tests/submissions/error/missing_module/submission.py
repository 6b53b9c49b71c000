"""Imports what nobody has."""

import a_module_that_nobody_has


def train(images, labels):
    return a_module_that_nobody_has
