"""The entry is a number."""

train = 3
