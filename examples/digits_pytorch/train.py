"""Trains the digit classifier in PyTorch on scikit-learn's digits, and exports it as digits.pt2, and
with the package onnx as digits.onnx: python train.py

Calibration and test data are those of examples/digits. Needs torch and scikit-learn.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 1
EPOCHS = 40


def network() -> nn.Module:
    """Separable convolutions with batch norm, for [1, 1, 8, 8] with channels first."""
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1, bias=False),
        nn.BatchNorm2d(12),
        nn.ReLU(),
        nn.Conv2d(12, 12, 3, stride=2, padding=1, groups=12, bias=False),
        nn.BatchNorm2d(12),
        nn.ReLU(),
        nn.Conv2d(12, 24, 1, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(24 * 4 * 4, 10),
        nn.Softmax(dim=1),
    )


def main() -> None:
    torch.manual_seed(SEED)
    pixels, digits = load_digits(return_X_y=True)
    x = (pixels / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    x_train, x_test, y_train, y_test = train_test_split(
        x, digits, test_size=0.3, random_state=0, stratify=digits
    )
    model = network()
    steps = torch.optim.Adam(model.parameters(), 3e-3)
    data = torch.utils.data.TensorDataset(torch.from_numpy(x_train), torch.from_numpy(y_train))
    for _ in range(EPOCHS):
        for images, labels in torch.utils.data.DataLoader(data, 32, shuffle=True):
            steps.zero_grad()
            nn.functional.nll_loss(torch.log(model(images) + 1e-9), labels).backward()
            steps.step()
    model.eval()
    right = model(torch.from_numpy(x_test)).argmax(1).numpy() == y_test
    print(f"accuracy {right.mean():.4f} on {len(y_test)} digits")
    example = (torch.zeros(1, 1, 8, 8),)
    torch.export.save(torch.export.export(model, example), "digits.pt2")
    if importlib.util.find_spec("onnx"):
        torch.onnx.export(model, example, "digits.onnx", input_names=["image"], dynamo=False)


if __name__ == "__main__":
    main()
