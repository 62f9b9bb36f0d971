"""Makes the fixtures of attention: state dicts as torch.save writes them, and transformers.json with what each net gives.

The tests read these files; they need no PyTorch. Written by PyTorch 1.13. What a net gives was computed in float64.
"""

import json
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).parent / "fixtures"
torch.manual_seed(9)


class Attention(nn.Module):
    """What a module of attention reads: from itself, or from others."""

    def __init__(self, *args, **named):
        super().__init__()
        self.attention = nn.MultiheadAttention(*args, batch_first=True, **named)

    def forward(self, query, key=None, value=None, closed=None):
        key, value = (query, query) if key is None else (key, value)
        return self.attention(query, key, value, key_padding_mask=closed, need_weights=False)[0]


def layer(**named):
    return nn.TransformerEncoderLayer(4, 2, dim_feedforward=6, batch_first=True, **named)


def later(steps):
    return torch.ones(steps, steps, dtype=torch.bool).triu(1)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerDecoderLayer(4, 2, dim_feedforward=6, batch_first=True)

    def forward(self, sequence, encoded):
        return self.layer(sequence, encoded, tgt_mask=later(sequence.shape[1]))


class Causal(nn.Module):
    """Layers of a language model."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(layer(norm_first=True, activation="gelu"), 2)

    def forward(self, sequence):
        return self.encoder(sequence, mask=later(sequence.shape[1]))


closed = torch.tensor([[False] * 5, [False, False, True, False, True]])
x, narrow, wide = torch.randn(2, 5, 4), torch.randn(2, 3, 2), torch.randn(2, 3, 5)
NETS = {
    "attention": (Attention(4, 2), {"query": x}),
    "attentionMasked": (Attention(4, 4), {"query": x, "closed": closed}),
    "attentionNoBias": (Attention(4, 1, bias=False), {"query": x}),
    "attentionWidths": (Attention(4, 2, kdim=2, vdim=5), {"query": x, "key": narrow, "value": wide}),
    "attentionWidthsNoBias": (Attention(4, 2, kdim=2, vdim=5, bias=False), {"query": x, "key": narrow, "value": wide}),
    "encoderLayer": (nn.Sequential(layer()), {"input": x}),
    "encoderLayerGelu": (nn.Sequential(layer(norm_first=True, activation="gelu", layer_norm_eps=1e-3)), {"input": x}),
    "encoder": (nn.TransformerEncoder(layer(norm_first=True), 2, norm=nn.LayerNorm(4)), {"src": x}),
    "encoderMasked": (nn.TransformerEncoder(layer(), 1), {"src": x, "src_key_padding_mask": closed}),
    "causal": (Causal(), {"sequence": x}),
    "decoderLayer": (Decoder(), {"sequence": x, "encoded": torch.randn(2, 3, 4)}),
}


def listed(x):
    return {"data": [float(f"{value:.9g}") for value in x.flatten().tolist()], "shape": list(x.shape)}


io = {}
for name, (net, inputs) in NETS.items():
    with torch.no_grad():
        for tensor in net.state_dict().values():
            tensor.add_(torch.rand_like(tensor) * 0.5)
        torch.save(net.state_dict(), OUT / f"{name}.pt")
        net.double().train()  # in eval() some of these take another path, which computes in float32
        for module in net.modules():
            if isinstance(module, (nn.Dropout, nn.MultiheadAttention)):
                module.eval()
        doubles = {key: value if value.dtype == torch.bool else value.double() for key, value in inputs.items()}
        io[name] = {"inputs": {key: listed(value) for key, value in inputs.items()}, "output": listed(net(**doubles))}
(OUT / "transformers.json").write_text(json.dumps(io))
