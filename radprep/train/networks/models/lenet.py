"""LeNet-5 (LeCun et al. 1998) for one channel and one logit, with ReLU and maximum pooling as it is
built today."""

from __future__ import annotations

import torch
from torch import nn


class LeNet(nn.Module):
    """Two convolutions of 5x5 with pooling, average pooling to 5x5 so that any size fits, three
    dense layers."""

    of_studies = False

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.pool = nn.AdaptiveAvgPool2d(5)
        self.classifier = nn.Sequential(
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 1)
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits, shape (n, 1), of images, shape (n, 1, h, w)."""
        logits: torch.Tensor = self.classifier(self.pool(self.features(images)).flatten(1))
        return logits
