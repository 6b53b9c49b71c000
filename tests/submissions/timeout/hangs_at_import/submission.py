"""Does not even load."""

import time

time.sleep(1000)
