"""Runs exported models: for each folder that is given, how far outputs are from those in io.json, and what it saves is back.pt."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import torch


def tensors(values):
    if isinstance(values, dict) and "shape" not in values:
        return {name: tensors(value) for name, value in values.items()}
    return torch.tensor(values["data"]).reshape(values["shape"])


def difference(a, b):
    if isinstance(b, dict):
        return max(difference(a[name], b[name]) for name in b)
    assert a.shape == b.shape, f"{a.shape} is not {b.shape}"
    return ((a - b).abs() / b.abs().clamp_min(1)).max().item()


torch.set_num_threads(1)
report = {}
for folder in map(Path, sys.argv[1:]):
    try:
        spec = spec_from_file_location("model", folder / "model.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        model = module.Model()
        model.load_state_dict(torch.load(folder / "weights.pt"))
        io = json.loads((folder / "io.json").read_text())
        inputs = tensors(io["inputs"])
        call = (lambda: model(**inputs)) if isinstance(inputs, dict) else (lambda: model(inputs))
        model.train()
        call()  # runs
        model.load_state_dict(torch.load(folder / "weights.pt"))
        model.eval()
        with torch.no_grad():
            report[folder.name] = difference(call(), tensors(io["outputs"]))
        torch.save(model.state_dict(), folder / "back.pt")
    except Exception as error:
        report[folder.name] = f"{type(error).__name__}: {error}"
print(json.dumps(report))
