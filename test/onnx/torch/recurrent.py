"""Writes torch-lstm.onnx, torch-gru.onnx and torch-packed.onnx: recurrent layers of PyTorch, and what they give."""

import json
import sys

import torch
from torch import nn

torch.manual_seed(5)


class Net(nn.Module):
    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.rnn(x)[0]).mean(1)


def export(name, rnn):
    net, x = Net(rnn).eval(), torch.randn(3, 5, 4)
    file = f"{sys.argv[1]}/{name}"
    axes = {"x": {0: "n"}, "y": {0: "n"}}
    torch.onnx.export(net, x, f"{file}.onnx", input_names=["x"], output_names=["y"], opset_version=13, dynamic_axes=axes)
    with open(f"{file}.json", "w") as out:
        json.dump({"x": x.tolist(), "y": net(x).tolist()}, out)


export("torch-lstm", nn.LSTM(4, 3, batch_first=True, bidirectional=True))
export("torch-gru", nn.GRU(4, 6, batch_first=True))


class Packed(nn.Module):
    """Sequences of several lengths."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        ys, (h, _) = self.rnn(packed)
        return self.head(nn.utils.rnn.pad_packed_sequence(ys, batch_first=True, total_length=5)[0]), h[1]


net, inputs = Packed().eval(), (torch.randn(3, 5, 3), torch.tensor([2, 5, 1]))
names = {"input_names": ["x", "lengths"], "output_names": ["y", "h"]}
axes = {name: {0: "n"} for name in ["x", "lengths", "y", "h"]}
file = f"{sys.argv[1]}/torch-packed"
torch.onnx.export(net, inputs, f"{file}.onnx", opset_version=13, dynamic_axes=axes, **names)
with open(f"{file}.json", "w") as out:
    values = (*inputs, *net(*inputs))
    json.dump(dict(zip(["x", "lengths", "y", "h"], [value.tolist() for value in values])), out)
