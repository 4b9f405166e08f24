"""Where the tests find the package and the zoo (test/models/zoo.py).

By hand: PYTHONPATH=build/python GRAFT_BIN=build/bin pytest test/python/test_engine.py
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "models")]
