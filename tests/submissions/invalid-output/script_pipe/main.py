import os
import sys

os.mkfifo(os.path.join(sys.argv[2], "answer_test.txt"))
