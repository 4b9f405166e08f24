"""The models that Graft is tested on, as files that TensorFlow's own code has written.

    zoo.graphdef("inception_v3", batch=1)       -> path of a frozen GraphDef (.pb)
    zoo.saved_model("inception_v3", batch=None) -> path of a SavedModel, any batch
    zoo.inputs("inception_v3", 8, seed=0)       -> {input name: array [8, ...]}

A file is made on first use, in a process of its own, and kept in the user's cache under
a key made of this code and of the versions behind it. By hand:

    python zoo.py inception_v3 graphdef 1      (batch: a number, or any)
"""

import fcntl
import functools
import hashlib
import importlib.metadata
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))
from samples import MODELS, inputs  # noqa: E402, F401

#: Whose weights were learnt: of the others', rounding says nothing.
TRAINED = ["digits", "basic_pitch", "hed"]


def graphdef(name, batch=1, text=False):
    """Path of the frozen GraphDef; its inputs and outputs are in describe()."""
    return _made(name, "pbtxt" if text else "graphdef", batch)


def saved_model(name, batch=1):
    """Path of the SavedModel directory; its signature is serving_default."""
    return _made(name, "saved_model", batch)


def describe(path):
    """{"inputs": [...], "outputs": [...]}: tensor names without ":0" of a GraphDef, keys of
    the signature for a SavedModel. Outputs of both are in the same order."""
    return json.loads((path.parent / (path.name + ".json")).read_text())


@functools.lru_cache(maxsize=None)
def cache():
    """The folder of this zoo: its name changes with this code and TensorFlow's version."""
    key = hashlib.sha256()
    for file in ("samples.py", "pictures.py", "calibrate.py", "export.py"):
        key.update((HERE / file).read_bytes())
    for package in ("tensorflow-cpu", "tf-keras", "transformers", "numpy", "scikit-image", "scikit-learn"):
        key.update(f"{package} {importlib.metadata.version(package)}".encode())
    root = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    return root / "graft" / f"zoo-{key.hexdigest()[:12]}"


def _path(name, kind, batch):
    suffix = {"graphdef": ".pb", "pbtxt": ".pbtxt", "saved_model": ""}[kind]
    stem = "saved" if kind == "saved_model" else "frozen"
    return cache() / name / f"{stem}-{'any' if batch is None else batch}{suffix}"


@functools.lru_cache(maxsize=None)
def _made(name, kind, batch):
    path = _path(name, kind, batch)
    if not path.exists():
        environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", TF_USE_LEGACY_KERAS="1")
        if MODELS[name].kind == "hed":
            environment["TF_USE_LEGACY_KERAS"] = "0"
        made = subprocess.run(
            [sys.executable, __file__, name, kind, "any" if batch is None else str(batch)],
            env=environment, capture_output=True, text=True,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"the zoo could not make {name}:\n{made.stderr[-4000:]}")
    return path


def _make(name, kind, batch):
    """Makes one file under a lock: written beside its place, then moved there."""
    import export

    path = _path(name, kind, batch)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return
        scratch = pathlib.Path(tempfile.mkdtemp(dir=path.parent))
        try:
            made = scratch / path.name
            description = export.export(MODELS[name], kind, batch, made, path.parent)
            (path.parent / (path.name + ".json")).write_text(json.dumps(description))
            os.rename(made, path)
        finally:
            shutil.rmtree(scratch)


if __name__ == "__main__":
    _name, _kind, _batch = sys.argv[1:]
    _make(_name, _kind, None if _batch == "any" else int(_batch))
    print(_path(_name, _kind, None if _batch == "any" else int(_batch)))
