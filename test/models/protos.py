"""TensorFlow's protobuf messages, without TensorFlow: a tenth of a second, not five.

Import this before `tensorflow.core...`. Where the whole TensorFlow is wanted, it must have
been imported before; then this does nothing.
"""

import importlib.util
import sys
import types

if "tensorflow" not in sys.modules:
    _spec = importlib.util.find_spec("tensorflow")
    for _name in ("tensorflow", "tensorflow.core"):
        _package = types.ModuleType(_name)
        _package.__path__ = [_spec.submodule_search_locations[0] + _name.removeprefix("tensorflow").replace(".", "/")]
        sys.modules[_name] = _package
