"""Writes torch-lstm.onnx and torch-gru.onnx: recurrent layers of PyTorch, and what they give."""

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
