# PyTorch on one thread: the workloads of workloads.js. Reads a job (JSON, the first argument) and the numbers of its
# task (raw float32, the second), prints a result as JSON: what child.js sends for every other library.

import json
import sys
import time
import warnings

warnings.filterwarnings('ignore')  # without NumPy it says so
import torch

CHECK_STEPS = 20


def arrays(path, shapes):
    """The arrays that lie one behind the other in a file."""
    with open(path, 'rb') as file:
        flat = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    at = 0
    for shape in shapes:
        size = 1
        for length in shape:
            size *= length
        yield flat[at : at + size].reshape(shape)
        at += size


class Network(torch.nn.Module):
    """The layers of a model (data.js, forward.js). Kernels are [..., in, out] in the file; images are [n, height, width, in]."""

    def __init__(self, job, weights):
        super().__init__()
        self.image = job.get('image')
        self.sequence = job.get('sequence')
        rest = iter(weights)
        self.layers = torch.nn.ModuleList([module(layer, rest) for layer in job['layers']])

    def forward(self, x):
        if self.image:
            x = x.reshape(-1, *self.image).permute(0, 3, 1, 2)
        if self.sequence:
            x = x.reshape(-1, *self.sequence)
        for layer in self.layers:
            x = layer(x)
        return x


def parameter(weights, axes=None):
    values = next(weights)
    return torch.nn.Parameter((values.permute(axes) if axes else values).clone(memory_format=torch.contiguous_format))


def module(layer, weights):
    if 'recurrent' in layer:
        return Recurrent(layer, weights)
    if 'units' in layer:
        return torch.nn.Sequential(dense(weights), activation(layer))
    if 'filters' in layer:
        return torch.nn.Sequential(convolution(layer, weights), activation(layer))
    if 'block' in layer:
        return Block(layer, weights)
    if 'pool' in layer:
        return torch.nn.MaxPool2d(layer['pool'])
    return GlobalPool() if 'globalPool' in layer else Flatten()


def activation(layer):
    return {'relu': torch.nn.ReLU, 'sigmoid': torch.nn.Sigmoid, 'linear': torch.nn.Identity}[layer['activation']]()


def dense(weights):
    kernel = parameter(weights, (1, 0))
    made = torch.nn.Linear(kernel.shape[1], kernel.shape[0])
    made.weight, made.bias = kernel, parameter(weights)
    return made


def convolution(layer, weights):
    kernel = parameter(weights, (3, 2, 0, 1))
    filters, inside, size, _ = kernel.shape
    norm = layer.get('norm', False)
    made = torch.nn.Conv2d(inside, filters, size, layer.get('stride', 1), size // 2, bias=not norm)
    made.weight = kernel
    if not norm:
        made.bias = parameter(weights)
        return made
    normed = torch.nn.BatchNorm2d(filters)
    normed.weight, normed.bias = parameter(weights), parameter(weights)
    return torch.nn.Sequential(made, normed)


class Block(torch.nn.Module):
    def __init__(self, layer, weights):
        super().__init__()
        first = {'stride': layer.get('stride', 1), 'norm': True}
        self.first = convolution(first, weights)
        self.second = convolution({'norm': True}, weights)
        self.skip = convolution(first, weights) if first['stride'] > 1 else torch.nn.Identity()

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))) + self.skip(x))


class Recurrent(torch.nn.Module):
    """The last output of a layer."""

    def __init__(self, layer, weights):
        super().__init__()
        kernel, recurrent_kernel = parameter(weights, (1, 0)), parameter(weights, (1, 0))
        kind = {'lstm': torch.nn.LSTM, 'gru': torch.nn.GRU}[layer['recurrent']]
        self.layer = kind(kernel.shape[1], layer['units'], batch_first=True)
        self.layer.weight_ih_l0, self.layer.weight_hh_l0 = kernel, recurrent_kernel
        self.layer.bias_ih_l0, self.layer.bias_hh_l0 = parameter(weights), parameter(weights)

    def forward(self, x):
        return self.layer(x)[0][:, -1]


class Language(torch.nn.Module):
    """The model of language.js, of functions."""

    def __init__(self, job, weights):
        super().__init__()
        self.job = job
        rest = iter(weights)
        self.all = torch.nn.ParameterList([parameter(rest) for _ in weights])
        self.mask = torch.full((job['length'], job['length']), -1e9).triu(1)

    def forward(self, tokens):
        f = torch.nn.functional
        rest = iter(self.all)
        width, heads = self.job['width'], self.job['heads']

        def norm(x):
            return f.layer_norm(x, (width,), next(rest), next(rest))

        def dense(x):
            kernel, bias = next(rest), next(rest)
            return torch.addmm(bias, x, kernel)

        def attend(qkv):
            parts = qkv.view(*tokens.shape, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            q, k, v = parts
            scores = q @ k.transpose(-2, -1) * (width // heads) ** -0.5
            return (f.softmax(scores + self.mask, -1) @ v).transpose(1, 2).reshape(-1, width)

        x = (f.embedding(tokens, next(rest)) + next(rest)).view(-1, width)
        for _ in range(self.job['blocks']):
            x = x + dense(attend(dense(norm(x))))
            x = x + dense(f.gelu(dense(norm(x)), approximate='tanh'))
        return norm(x) @ next(rest)


class GlobalPool(torch.nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Flatten(torch.nn.Module):
    """In the order height, width, channels, as the kernels of the file have it."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Training:
    def __init__(self, job, values):
        weights, (samples, targets) = values[:-2], values[-2:]
        is_language = 'heads' in job
        self.net = (Language if is_language else Network)(job, weights)
        classifies = job['loss'] == 'softmaxCrossEntropy'
        self.loss_of = torch.nn.CrossEntropyLoss() if classifies else torch.nn.MSELoss()
        optimizer = torch.optim.Adam if job['optimizer'] == 'adam' else torch.optim.SGD
        self.optimizer = optimizer(self.net.parameters(), lr=job['learningRate'])
        if is_language:
            self.x = samples.long().split(job['batch'])
            self.t = [rows.flatten() for rows in targets.long().split(job['batch'])]
        else:
            self.x = samples.split(job['batch'])
            self.t = (targets.argmax(1) if classifies else targets).split(job['batch'])
        self.last = None

    def step(self, i):
        batch = i % len(self.x)
        self.optimizer.zero_grad(set_to_none=True)
        self.last = self.loss_of(self.net(self.x[batch]), self.t[batch])
        self.last.backward()
        self.optimizer.step()

    def check(self):
        return {'what': f'step {CHECK_STEPS}', 'values': [self.last.item()]}


class Prediction:
    def __init__(self, job, values):
        self.net = Network(job, values[:-2]).eval()
        self.x = values[-2].split(job['batch'])
        self.first = None

    def step(self, i):
        with torch.inference_mode():
            self.last = self.net(self.x[i % len(self.x)])
        if i == 0:
            self.first = self.last[0].tolist()

    def check(self):
        return {'what': 'first output', 'values': self.first}


class Product:
    def __init__(self, job, values):
        self.a, self.b = values
        self.picked = job['picked']

    def step(self, i):
        self.last = self.a @ self.b

    def check(self):
        flat = self.last.flatten()
        return {'what': 'product', 'values': [flat[at].item() for at in self.picked]}


def measure(step, start, timing):
    """Seconds a call: warms up, then takes the median of blocks of calls, as child.js does."""

    def block(calls):
        nonlocal start
        before = time.perf_counter()
        for i in range(start, start + calls):
            step(i)
        start += calls
        return (time.perf_counter() - before) / calls

    begin = time.perf_counter()
    calls = 1
    while True:
        per_call = block(calls)
        calls = max(1, min(calls * 2, int(timing['blockMs'] / 1000 / per_call)))
        if time.perf_counter() - begin >= timing['warmupMs'] / 1000:
            break
    times = sorted(block(calls) for _ in range(timing['blocks']))
    middle = (len(times) - 1) / 2
    median = (times[int(middle)] + times[int(middle + 0.5)]) / 2
    return {'median': median * 1e6, 'min': times[0] * 1e6, 'max': times[-1] * 1e6}


def main():
    with open(sys.argv[1], encoding='utf8') as file:
        job = json.load(file)
    torch.set_num_threads(1)
    kinds = {'train': Training, 'predict': Prediction, 'product': Product}
    work = kinds[job['kind']](job, list(arrays(sys.argv[2], job['shapes'])))
    for i in range(CHECK_STEPS):
        work.step(i)
    check = work.check()
    microseconds = measure(work.step, CHECK_STEPS, job['timing'])
    print(json.dumps({'microseconds': microseconds, 'check': check, 'version': torch.__version__}))


main()
