"""Prints the node tests of ONNX (Debian's python3-onnx), a line of JSON each: model, inputs, and what is expected."""

import base64
import json
import sys
import warnings

import numpy as np

# ONNX 1.12 uses names that NumPy has dropped since.
for name, value in dict(bool=bool, object=object, int=int, float=float, str=str).items():
    if name not in np.__dict__:
        setattr(np, name, value)
warnings.filterwarnings("ignore")

from onnx.backend.test.case.node import collect_testcases  # noqa: E402


def text(data):
    return base64.b64encode(data).decode()


BFLOAT16 = 16


def tensor(end, value):
    """A value as float32 or int32; only its name, if it is no tensor of numbers."""
    name = end.name
    if not isinstance(value, (np.ndarray, np.generic, float, int)):
        return {"name": name}
    array = np.asarray(value)
    if end.type.tensor_type.elem_type == BFLOAT16 and array.dtype == np.uint16:
        array = (array.astype(np.uint32) << 16).view(np.float32)
    if array.dtype.kind not in "fiub":
        return {"name": name}
    kind = "int32" if array.dtype.kind in "iu" else "float32"
    return {"name": name, "shape": array.shape, "dtype": kind, "data": text(array.astype(kind).tobytes())}


for case in collect_testcases(None):
    graph = case.model.graph
    inputs, outputs = case.data_sets[0]
    line = {
        "name": case.name,
        "model": text(case.model.SerializeToString()),
        "inputs": [tensor(end, value) for end, value in zip(graph.input, inputs)],
        "outputs": [tensor(end, value) for end, value in zip(graph.output, outputs)],
        "rtol": case.rtol,
        "atol": case.atol,
    }
    sys.stdout.write(json.dumps(line) + "\n")
