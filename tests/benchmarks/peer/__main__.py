"""``python -m tests.benchmarks.peer URL CUSTOMERS COSTLY``"""

import sys

from . import fill

fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
