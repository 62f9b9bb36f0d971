"""Makes the fixtures of layers of sequences: state dicts as torch.save writes them, and sequences.json with what each net gives.

The tests read these files; they need no PyTorch. Written by PyTorch 1.13.
"""

import json
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).parent / "fixtures"
torch.manual_seed(8)


class Recurrent(nn.Module):
    """What a recurrent module gives for all steps."""

    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn

    def forward(self, x):
        return self.rnn(x)[0]


class Text(nn.Module):
    """Tokens and their places, and the last state of what reads them."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(7, 4, padding_idx=0)
        self.positions = nn.Embedding(9, 4)
        self.rnn = nn.GRU(4, 3, batch_first=True)

    def forward(self, x):
        x = self.tokens(x) + self.positions.weight[: x.shape[1]]
        return self.rnn(x)[0][:, -1]


NETS = {
    "rnn": Recurrent(nn.RNN(4, 4, nonlinearity="relu", batch_first=True)),
    "lstm": Recurrent(nn.LSTM(4, 4, batch_first=True)),
    "gru": Recurrent(nn.GRU(4, 4, bias=False, batch_first=True)),
    "stacked": Recurrent(nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True)),
    "text": Text(),
}


def listed(x):
    return {"data": [float(f"{value:.7g}") for value in x.flatten().tolist()], "shape": list(x.shape)}


io = {}
for name, net in NETS.items():
    with torch.no_grad():
        for tensor in net.state_dict().values():
            tensor.add_(torch.rand_like(tensor) * 0.5)
        net.eval()
        x = torch.randint(0, 7, (2, 5)) if name == "text" else torch.randn(2, 5, 4)
        io[name] = {"x": listed(x), "y": listed(net(x))}
    torch.save(net.state_dict(), OUT / f"{name}.pt")
(OUT / "sequences.json").write_text(json.dumps(io))
