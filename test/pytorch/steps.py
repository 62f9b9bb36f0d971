"""Trains exported models on, each in this process alone: for each folder that is given, 20 steps on all of data.pt."""

import json
import sys
from importlib import import_module
from pathlib import Path

import torch

torch.set_num_threads(1)
report = {}
for folder in map(Path, sys.argv[1:]):
    sys.path.insert(0, str(folder))
    try:
        script, Model = import_module("train_ddp"), import_module("model").Model
        data = json.loads((folder / "data.json").read_text())
        tensors = lambda values: (
            torch.tensor(values["data"], dtype=getattr(torch, values["dtype"])).reshape(values["shape"])
            if "shape" in values
            else {name: tensors(value) for name, value in values.items()}
        )
        x, y = tensors(data["x"]), tensors(data["y"])
        torch.save({"x": x, "y": y}, folder / "data.pt")
        model = Model()
        model.load_state_dict(torch.load(folder / "weights.pt"))
        optimizer = script.make_optimizer(model)
        steps = script.load_state(model, optimizer, folder / "optimizer.pt")
        losses = []
        for _ in range(20):
            optimizer.zero_grad()
            loss = script.loss_of(model, model(**x) if isinstance(x, dict) else model(x), y)
            loss.backward()
            if data.get("clip"):
                torch.nn.utils.clip_grad_norm_(model.parameters(), data["clip"])
            optimizer.step()
            losses.append(loss.item())
        state = {name: optimizer.state[p] for name, p in model.named_parameters() if p in optimizer.state}
        torch.save(model.state_dict(), folder / "trained.pt")
        torch.save({"step": steps + 20, "state": state}, folder / "trained-optimizer.pt")
        report[folder.name] = losses
    except Exception as error:
        report[folder.name] = f"{type(error).__name__}: {error}"
    sys.path.pop(0)
    for name in ("train_ddp", "model"):
        sys.modules.pop(name, None)
print(json.dumps(report))
