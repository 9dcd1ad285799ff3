"""Writes the images of tests/io/test_image.cpp, with Pillow and NumPy."""
import pathlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
y, x = np.mgrid[0:5, 0:7]
rgb = np.stack([10 * y, 20 * x, 100 + y + x], -1).astype(np.uint8)
grey = (10 * y + x).astype(np.uint8)
alpha = (200 + x).astype(np.uint8)


def save(name, array, **options):
    Image.fromarray(array).save(here / name, **options)


save("rgb.png", rgb)
save("rgba.png", np.concatenate([rgb, alpha[..., None]], -1))
save("grey.png", grey)
save("grey_alpha.png", np.stack([grey, alpha], -1))
save("grey16.png", (1000 * y + x).astype(np.uint16))
Image.fromarray(((y + x) % 2 * 255).astype(np.uint8)).convert("1", dither=0).save(here / "bits.png")
Image.fromarray(rgb).quantize(64).save(here / "palette.png")
save("rgb.jpg", rgb, quality=98, subsampling=0)
save("rgb_progressive.jpg", rgb, quality=98, subsampling=0, progressive=True)
save("grey.jpg", grey, quality=98)
Image.fromarray(rgb).convert("CMYK").save(here / "cmyk.jpg")

# Pillow writes no interlaced PNGs: Adam7 by hand.
import struct, zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b""
for y0, x0, dy, dx in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]:
    part = rgb[y0::dy, x0::dx]
    if part.size:
        rows += b"".join(b"\0" + row.tobytes() for row in part)
header = struct.pack(">IIBBBBB", 7, 5, 8, 2, 0, 0, 1)
(here / "rgb_interlaced.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
