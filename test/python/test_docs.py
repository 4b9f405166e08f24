"""The programs of docs/python.md run as they stand, one after the other in one process."""

import os
import pathlib
import re
import subprocess
import sys

DOCS = pathlib.Path(__file__).parents[2] / "docs" / "python.md"
OPERATORS = pathlib.Path(os.environ["GRAFT_BIN"]).parent / "lib" / "libgraft_tensorflow.so"


def test_the_page_runs(tmp_path):
    blocks = re.findall(r"^```python( operators)?\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 6
    # Those that need the operators inside TensorFlow run where this build has them.
    program = "\n".join(code for operators, code in blocks if not operators or OPERATORS.exists())
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "image: float32[1,32,32,3]" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["converted", "model", "model.plan"]
