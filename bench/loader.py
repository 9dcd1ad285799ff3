"""PyTorch's DataLoader at the work of copse_bench's items loader_samples_* and loader_batches_*.

    python bench/loader.py [--seconds S]

Images (1, 32, 32) in memory are shuffled, shifted by up to 2 pixels, cropped to 28 by 28 and given noise, 64 a batch: in
the dataset, sample by sample, or on whole batches in the collation function. Prints batches a second for 0, 1 and 2
workers. Needs torch.
"""

import argparse
import time

import torch
from torch.nn.functional import pad
from torch.utils.data import DataLoader, Dataset

SAMPLES, BATCH = 3200, 64


class Images(Dataset):
    def __init__(self, augmented):
        self.images = torch.rand(SAMPLES, 1, 32, 32) * 2 - 1
        self.labels = torch.randint(0, 10, (SAMPLES,))
        self.augmented = augmented

    def __len__(self):
        return SAMPLES

    def __getitem__(self, i):
        image = self.images[i]
        if self.augmented:
            y, x = torch.randint(0, 5, (2,)).tolist()
            image = pad(image, (2, 2, 2, 2))[:, y : y + 32, x : x + 32]
            y, x = torch.randint(0, 5, (2,)).tolist()
            image = image[:, y : y + 28, x : x + 28]
            image = image + 0.05 * torch.randn(image.shape)
        return image, self.labels[i]

    def __getitems__(self, places):
        if self.augmented:
            return [self[i] for i in places]
        return self.images[places], self.labels[places]


def augment(batch):
    """Whole batches: rows and columns of each image by index."""
    images, labels = batch
    n = images.shape[0]

    def window(x, spare, size):
        rows = torch.randint(0, spare + 1, (n, 1)) + torch.arange(size)
        columns = torch.randint(0, spare + 1, (n, 1)) + torch.arange(size)
        return x[torch.arange(n)[:, None, None], 0, rows[:, :, None], columns[:, None, :]][:, None]

    images = window(window(pad(images, (2, 2, 2, 2)), 4, 32), 4, 28)
    return images + 0.05 * torch.randn(images.shape), labels


def batches_a_second(loader, seconds):
    for _ in loader:  # starts the workers
        pass
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        count += sum(1 for _ in loader)
    return count / (time.perf_counter() - start)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=5)
    seconds = arguments.parse_args().seconds
    for name, augmented, collate in [("samples", True, None), ("batches", False, augment)]:
        for workers in [0, 1, 2]:
            loader = DataLoader(
                Images(augmented),
                BATCH,
                shuffle=True,
                num_workers=workers,
                collate_fn=collate,
                persistent_workers=workers > 0,
            )
            print(f"loader_{name}_{workers} {batches_a_second(loader, seconds):10.1f} batches/s", flush=True)


main()
