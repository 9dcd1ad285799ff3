"""Writes golden.json: what jax.image.resize and torchvision's rotate give for an image of known numbers.

    python tests/image/golden.py > tests/image/golden.json

Needs jax, torch and torchvision.
"""

import json

import jax
import numpy as np
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import rotate


def image(height, width, channels):
    """The numbers that test_image.cpp computes, too: exact in float32."""
    i = np.arange(height * width * channels)
    return ((i * 37 % 101 - 50) / 32).astype(np.float32).reshape(height, width, channels)


resized = []
for size in [(7, 5, 2), (4, 6, 1), (1, 3, 1)]:
    for to in [(3, 4), (7, 11), (14, 10), (1, 1), (5, 5)]:
        for method in ["nearest", "linear"]:
            for antialias in [True, False]:
                out = jax.image.resize(image(*size), (*to, size[2]), method=method, antialias=antialias)
                values = [float(f"{v:.7g}") for v in np.asarray(out).ravel()]
                resized.append({"size": size, "to": to, "method": method, "antialias": antialias, "values": values})

rotated = []
for size in [(7, 5, 2), (4, 6, 1)]:
    for degrees in [0, 20, 90, -135.5, 400]:
        for method in ["nearest", "bilinear"]:
            x = torch.from_numpy(image(*size)).permute(2, 0, 1)
            out = rotate(x, degrees, InterpolationMode(method)).permute(1, 2, 0).numpy()
            values = [float(f"{v:.7g}") for v in out.ravel()]
            rotated.append({"size": size, "degrees": degrees, "method": method, "values": values})

print(json.dumps({"resized": resized, "rotated": rotated}, separators=(",", ":")).replace("},{", "},\n{"))
