"""What a user writes, for the type checker; it is not run."""

import pathlib

import graft
import graft.tensorflow
import numpy as np
from numpy.typing import NDArray


def convert(model: pathlib.Path) -> int:
    result = graft.convert(model, "converted/", deny=["Relu"], progress=lambda step, of, name: print(step, of, name))
    for node in result.report["native"]:
        print(node["op"], node["reason"])
    engines: list[graft.EngineReport] = result.report["engines"]
    graft.tensorflow.load()
    return len(engines)


def serve(model: bytes, image: NDArray[np.float32]) -> NDArray[np.float32]:
    plan: graft.Plan = graft.build(model, shapes={"x": ((1, 32), 224, 224, 3)}, tune=True)
    plan.save("model.plan")
    engine = graft.load("model.plan", threads=2)
    shape: tuple[int | None, ...] = engine.inputs[0].shape
    print(shape, plan.path, plan.data)
    try:
        return engine(x=image)["y"]
    except graft.UsageError as error:
        raise SystemExit(str(error)) from None


def calibrate(model: pathlib.Path, images: NDArray[np.float32]) -> graft.Plan:
    table: graft.Calibration = graft.calibrate(model, {"x": images}, algorithm="mse", histograms=True)
    table = graft.merge_calibrations([table, "other.json"], "all.json")
    observed: tuple[float, float] = table.ranges["x"]["observed"]
    print(observed, table.ranges["x"]["min"])
    graft.convert(model, precision="int8", calibration_data=[{"x": image} for image in images])
    return graft.build(model, precision="int8", calibration=table)
