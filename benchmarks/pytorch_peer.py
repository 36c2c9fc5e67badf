"""PyTorch's side of compare_pytorch: one measurement, one number on standard output.

    versions
    load DIR SIZE grey|rgb AUGMENT.json-text SECONDS      images a second
    train mnist_cnn|vgg_like BATCH THREADS SECONDS        milliseconds a step, images in memory
    predict mnist_cnn|vgg_like BATCH THREADS SECONDS      the same of predictions
    end_to_end DIR SIZE grey|rgb AUGMENT STEPS            seconds, without the time of imports
"""
import json
import statistics
import sys
import time

import PIL
import torch
import torchvision
from torch import nn
from torchvision import transforms

WORKERS = 2


def three_convolutions():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 10))


def vgg_like():
    layers, channels = [], 3
    for filters in (64, 128, 256):
        for _ in range(2):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(256 * 16, 256), nn.ReLU(),
                         nn.Linear(256, 10))


class Learner:
    """One step of plain SGD, channels_last."""

    def __init__(self, network):
        self.network = network.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01)

    def step(self, x, y):
        x = x.contiguous(memory_format=torch.channels_last)
        self.optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(self.network(x), y)
        loss.backward()
        self.optimizer.step()
        return loss


def loader(directory, size, color, augment):
    steps = [transforms.Grayscale()] if color == "grey" else []
    steps.append(transforms.Resize((size, size)))
    zoom, shear = augment.get("zoom_range", 0), augment.get("shear_range", 0)
    steps.append(transforms.RandomAffine(
        degrees=augment.get("rotation_range", 0),
        translate=(augment.get("width_shift_range", 0), augment.get("height_shift_range", 0)),
        scale=(1 - zoom, 1 + zoom), shear=shear,
        interpolation=transforms.InterpolationMode.BILINEAR))
    if "brightness_range" in augment:
        steps.append(transforms.ColorJitter(brightness=tuple(augment["brightness_range"])))
    if augment.get("horizontal_flip"):
        steps.append(transforms.RandomHorizontalFlip())
    steps.append(transforms.ToTensor())
    images = torchvision.datasets.ImageFolder(directory, transforms.Compose(steps))
    return torch.utils.data.DataLoader(images, batch_size=32, shuffle=True, num_workers=WORKERS)


def endless(batches):
    while True:
        yield from batches


def load(directory, size, color, augment, seconds):
    batches = endless(loader(directory, int(size), color, json.loads(augment)))
    warm = time.perf_counter() + float(seconds) / 3
    while time.perf_counter() < warm:
        next(batches)
    images, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < float(seconds):
        images += len(next(batches)[1])
    return images / (time.perf_counter() - begin)


def median_milliseconds(work, seconds):
    warm = time.perf_counter() + float(seconds) / 3
    while time.perf_counter() < warm:
        work()
    steps, begin = [], time.perf_counter()
    while time.perf_counter() - begin < float(seconds) or not steps:
        start = time.perf_counter()
        work()
        steps.append(time.perf_counter() - start)
    return statistics.median(steps) * 1e3


def learner_and_batch(network, batch, threads):
    torch.set_num_threads(int(threads))
    learner = Learner(three_convolutions() if network == "mnist_cnn" else vgg_like())
    x = torch.rand(int(batch), *((1, 28, 28) if network == "mnist_cnn" else (3, 32, 32)))
    return learner, x, torch.randint(0, 10, (int(batch),))


def train(network, batch, threads, seconds):
    learner, x, y = learner_and_batch(network, batch, threads)
    return median_milliseconds(lambda: learner.step(x, y), seconds)


def predict(network, batch, threads, seconds):
    learner, x, _ = learner_and_batch(network, batch, threads)
    learner.network.eval()
    with torch.inference_mode():
        x = x.to(memory_format=torch.channels_last)
        return median_milliseconds(lambda: learner.network(x).softmax(1), seconds)


def end_to_end(directory, size, color, augment, steps):
    begin = time.perf_counter()
    learner = Learner(three_convolutions())
    batches = endless(loader(directory, int(size), color, json.loads(augment)))
    for _ in range(int(steps)):
        loss = learner.step(*next(batches))
    loss.item()
    return time.perf_counter() - begin


def main():
    torch.manual_seed(1)
    kind, arguments = sys.argv[1], sys.argv[2:]
    if kind == "versions":
        print(f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, "
              f"Pillow {PIL.__version__}, Python {sys.version.split()[0]}")
        return
    print({"load": load, "train": train, "predict": predict, "end_to_end": end_to_end}[kind](*arguments))


if __name__ == "__main__":
    main()
