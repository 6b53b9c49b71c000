"""What the operating system can be made to enforce, by layers.

L0, everywhere: a supervisor with its own clock, samples of the process tree, private folders.
L1, Linux without privileges: see `linux`.
"""
