"""Makes test/pytorch/fixtures: state dicts as torch.save writes them, and io.json with what each net gives for some samples.

The tests read these files; they need no PyTorch. Written by PyTorch 1.13. Samples and outputs of images are
[n, height, width, channels], those of series [n, time, channels].
"""

import json
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).parent / "fixtures"
torch.manual_seed(7)


class Separable(nn.Module):
    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(3, 6, 3, groups=3, bias=False)
        self.pointwise = nn.Conv2d(6, 4, 1)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 4)
        self.hidden = nn.Linear(4, 4)

    def forward(self, x):
        return self.head(torch.tanh(self.hidden(x)))


NETS = {
    "square": (nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4)), (4,)),
    "named": (Named(), (4,)),
    "conv1d": (nn.Sequential(nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), nn.BatchNorm1d(6)), (4, 9)),
    "conv2d": (nn.Sequential(nn.Conv2d(4, 6, (3, 2), padding="same", groups=2), nn.ReLU(), nn.BatchNorm2d(6)), (4, 5, 4)),
    "depthwise": (nn.Sequential(nn.Conv2d(3, 6, 3, groups=3)), (3, 5, 6)),
    "separable": (Separable(), (3, 5, 6)),
    "transposed1d": (nn.Sequential(nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1)), (4, 5)),
    "transposed2d": (nn.Sequential(nn.ConvTranspose2d(4, 6, (3, 2), stride=2, groups=2)), (4, 3, 4)),
    "layerNorm": (nn.Sequential(nn.LayerNorm(4)), (4,)),
    "groupNorm": (nn.Sequential(nn.GroupNorm(2, 4)), (4, 3, 2)),
    "instanceNorm": (nn.Sequential(nn.InstanceNorm2d(4, affine=True)), (4, 3, 2)),
    "prelu": (nn.Sequential(nn.PReLU(4)), (4, 3, 2)),
    "flattened": (
        nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.BatchNorm1d(36), nn.Dropout(), nn.Linear(36, 36), nn.Linear(36, 2)),
        (2, 4, 5),
    ),
    "pooled": (nn.Sequential(nn.Conv2d(2, 3, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3)), (2, 4, 5)),
}


def last(x):
    return x.movedim(1, -1).contiguous() if x.ndim > 2 else x


def listed(x):
    return {"data": [float(f"{value:.7g}") for value in x.flatten().tolist()], "shape": list(x.shape)}


io = {}
for name, (net, shape) in NETS.items():
    with torch.no_grad():
        for tensor in net.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(torch.rand_like(tensor) * 0.5)
        net.eval()
        x = (torch.randn(2, *shape) * 8).round() / 8
        io[name] = {"x": listed(last(x)), "y": listed(last(net(x)))}
    torch.save(net.state_dict(), OUT / f"{name}.pt")
(OUT / "io.json").write_text(json.dumps(io))

square = NETS["square"][0]
state = square.state_dict()
torch.save({"epoch": 3, "state_dict": state, "optimizer": torch.optim.Adam(square.parameters()).state_dict()}, OUT / "checkpoint.pt")
torch.save({f"module.{name}": value for name, value in state.items()}, OUT / "wrapped.pt")
for dtype in (torch.float64, torch.float16, torch.bfloat16):
    torch.save({name: value.to(dtype) for name, value in state.items()}, OUT / f"{str(dtype)[6:]}.pt")
whole = torch.stack([state["0.weight"], state["2.weight"].T])
views = {"0.weight": whole[0], "0.bias": state["0.bias"], "2.weight": whole[1].T, "2.bias": state["2.bias"].expand(4)}
torch.save({name: nn.Parameter(value) for name, value in views.items()}, OUT / "views.pt", pickle_protocol=4)
torch.save({name: torch.arange(value.numel()).reshape(value.shape).to(dtype) for (name, value), dtype in
            zip(state.items(), (torch.int8, torch.uint8, torch.int64, torch.bool))}, OUT / "whole.pt")
torch.save(state, OUT / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(Named(), OUT / "model.pt")
