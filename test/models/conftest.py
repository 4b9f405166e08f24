"""Where the tests find the tools and the zoo.

Run one file at a time, as ctest does: some want all of TensorFlow in their process, others
its messages alone (protos.py).
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
