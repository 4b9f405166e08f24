"""Where the tests find the tools and the zoo."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
