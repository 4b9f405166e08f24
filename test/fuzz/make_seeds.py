"""What the fuzz targets start from: make_seeds.py FOLDER GRAFT makes FOLDER/<target>/*.

Small files of every kind that a reader knows: the generated graphs, the smallest model of
the zoo, and plans that GRAFT builds of it and of one layer of each kind.
"""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "models"))

import generated  # noqa: E402
import generated_more  # noqa: E402
import layers  # noqa: E402
import numpy as np  # noqa: E402
import zoo  # noqa: E402
from google.protobuf import text_format  # noqa: E402

# A mutation of a longer file changes little; libFuzzer is told the same number.
MOST_BYTES = 65536


def graphs():
    yield from generated.graphs().items()
    yield from generated_more.generated()


def arrays():
    for dtype in ("f4", "f8", "f2", "i1", "i8", "u2", "b1", ">i4", "<U3", "c8"):
        for shape in ((), (0,), (3,), (2, 3), (1, 2, 1, 3)):
            yield np.zeros(shape, dtype)
    yield np.asfortranarray(np.ones((3, 4), "f4"))


def write(folder, target, name, data):
    if len(data) <= MOST_BYTES:
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / name).write_bytes(data)


def make_graphs(folder):
    for name, graph in graphs():
        write(folder, "graphdef", name, graph.SerializeToString(deterministic=True))
        write(folder, "pbtxt", name, text_format.MessageToString(graph).encode())


def make_checkpoints(folder):
    index = zoo.saved_model("digits", 1) / "variables" / "variables.index"
    write(folder, "checkpoint", "digits", index.read_bytes())


def make_plans(folder, graft, scratch):
    models = {"affine": ROOT / "test/tools/graft/Inputs/affine.pbtxt"}
    models |= {f"digits_{batch}": zoo.graphdef("digits", batch) for batch in (1, None)}
    plan = scratch / "m.plan"

    def build(name, model, *options):
        subprocess.run([graft, "build", model, "-o", plan, *options], check=True)
        for target in ("plan", "plan-fields"):
            write(folder, target, name, plan.read_bytes())

    for name, model in models.items():
        build(name, model)
    for name, graph, samples in layers.graphs():
        (scratch / "m.pb").write_bytes(graph)
        np.savez(scratch / "samples.npz", x=samples)
        for precision in ("fp32", "bf16", "fp16", "int8"):
            options = ["--precision", precision]
            if precision == "int8":
                options += ["--calibration-data", scratch / "samples.npz"]
            build(f"{name}_{precision}", scratch / "m.pb", *options)


def make_npz(folder, scratch):
    for i, array in enumerate(arrays()):
        np.save(scratch / "a.npy", array)
        write(folder, "npz", f"array_{i}", (scratch / "a.npy").read_bytes())
    for i, save in enumerate((np.savez, np.savez_compressed)):
        save(scratch / "a.npz", x=np.arange(9, dtype="f4"), **{"a/b": np.ones((2, 2), "i8")})
        write(folder, "npz", f"archive_{i}", (scratch / "a.npz").read_bytes())


def main(folder, graft):
    folder = pathlib.Path(folder)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        make_graphs(folder)
        make_checkpoints(folder)
        make_plans(folder, graft, scratch)
        make_npz(folder, scratch)


if __name__ == "__main__":
    main(*sys.argv[1:])
