"""Writes losses.json: 50 training steps by PyTorch in double precision, which
trainer/fifty_steps_test.cpp follows. Needs python3-torch.

Weights, images and labels come from a linear congruential generator that the test has too, so that
none of them is stored.
"""
import json
import pathlib

import torch
from torch import nn

STEPS, BATCH, SIDE, FILTERS, CLASSES = 50, 16, 14, 16, 4
RATES = {"sgd": 0.05, "momentum": 0.02, "adam": 1e-3}


class Numbers:
    def __init__(self, seed):
        self.state = seed

    def one(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state

    def tensor(self, shape, scale):
        """Row by row, in [-scale, scale); exact in single precision if scale is a power of two."""
        count = torch.Size(shape).numel()
        values = [(self.one() >> 8) / 2**23 - 1 for _ in range(count)]
        return torch.tensor(values, dtype=torch.float64).reshape(shape) * scale


class KerasAdam:
    """Keras' epsilon is outside of the bias correction."""

    def __init__(self, parameters, rate):
        self.parameters, self.rate, self.t = parameters, rate, 0
        self.m = [torch.zeros_like(p) for p in parameters]
        self.v = [torch.zeros_like(p) for p in parameters]

    def step(self):
        self.t += 1
        rate = self.rate * (1 - 0.999**self.t) ** 0.5 / (1 - 0.9**self.t)
        for p, m, v in zip(self.parameters, self.m, self.v):
            m.mul_(0.9).add_(p.grad, alpha=0.1)
            v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            p.data -= rate * m / (v.sqrt() + 1e-7)


def losses(optimizer_name):
    numbers = Numbers(1)
    net = nn.Sequential(nn.Conv2d(1, FILTERS, 3, padding=1), nn.ELU(),
                        nn.Conv2d(FILTERS, FILTERS, 3, padding=1), nn.ELU(), nn.AvgPool2d(2),
                        nn.Conv2d(FILTERS, FILTERS, 3), nn.ELU()).double()
    dense = nn.Linear(5 * 5 * FILTERS, CLASSES).double()
    for layer in (net[0], net[2], net[5]):  # Keras' order: height, width, channels, filters.
        channels = layer.in_channels
        kernel = numbers.tensor((3, 3, channels, FILTERS), 0.25)
        layer.weight.data = kernel.permute(3, 2, 0, 1).contiguous()
        layer.bias.data = numbers.tensor((FILTERS,), 0.25)
    dense.weight.data = numbers.tensor((5 * 5 * FILTERS, CLASSES), 0.0625).T.contiguous()
    dense.bias.data = numbers.tensor((CLASSES,), 0.25)

    parameters = list(net.parameters()) + list(dense.parameters())
    rate = RATES[optimizer_name]
    if optimizer_name == "adam":
        optimizer = KerasAdam(parameters, rate)
    else:
        momentum = 0.9 if optimizer_name == "momentum" else 0
        optimizer = torch.optim.SGD(parameters, lr=rate, momentum=momentum)
    found = []
    for step in range(STEPS):
        batch = Numbers(100 + step % 5)
        images = batch.tensor((BATCH, SIDE, SIDE, 1), 1.0).permute(0, 3, 1, 2)
        labels = torch.tensor([(batch.one() >> 8) % CLASSES for _ in range(BATCH)])
        rows = net(images).permute(0, 2, 3, 1).reshape(BATCH, -1)
        loss = nn.functional.cross_entropy(dense(rows), labels)
        found.append(loss.item())
        for p in parameters:
            p.grad = None
        loss.backward()
        optimizer.step()
    return found


record = {"what": f"50 losses by PyTorch {torch.__version__} in double precision, see make.py"}
record.update({name: losses(name) for name in RATES})
pathlib.Path(__file__).with_name("losses.json").write_text(json.dumps(record, indent=1) + "\n")
