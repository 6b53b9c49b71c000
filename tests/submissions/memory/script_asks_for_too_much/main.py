held = bytearray(10_000_000_000)
