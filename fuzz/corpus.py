"""Writes the seed corpus with the formats' own Python libraries: NumPy, safetensors and Pillow."""
import gzip
import io
import json
import pathlib
import struct
import zipfile

import numpy as np
from PIL import Image
from safetensors.numpy import save

here = pathlib.Path(__file__).parent / "corpus"


def write(folder, name, data):
    (here / folder).mkdir(parents=True, exist_ok=True)
    (here / folder / name).write_bytes(data)


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


x = np.arange(6).reshape(2, 3)
for kind in ["f2", "f4", "f8", "i1", ">i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]:
    write("npy", kind.strip(">?") + ("bool" if kind == "?" else "") + ".npy", npy(x.astype(kind)))
write("npy", "columns.npy", npy(np.asfortranarray(x.astype("f4"))))
write("npy", "version2.npy", npy(np.float32(1).reshape(()), (2, 0)))
write("npy", "empty.npy", npy(np.zeros((0, 5), "f4")))
write("npy", "python2.npy", npy(x.astype("f4")).replace(b"(2, 3), ", b"(2L, 3L),"))
write("npy", "packed.npy.gz", gzip.compress(npy(np.zeros(100, "f4")), mtime=0))


def npz(compress, **arrays):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy"), npy(array), archive.compression)
    return out.getvalue()


write("npz", "stored.npz", npz(False, a=x.astype("f4"), b=np.float64(2), c=np.zeros((0, 2), "i8")))
write("npz", "packed.npz", npz(True, a=np.zeros(200, "f4"), b=x))
write("npz", "none.npz", npz(False))
out = io.BytesIO()
np.savez(out, a=x.astype("u2"))
write("npz", "numpy.npz", out.getvalue())

tensors = {"w": x.astype("f4"), "h": x.astype("f2"), "i": x.astype("i1"), "u": x.astype("u8"), "b": x > 2,
           "e": np.zeros((0, 2), "f8")}
write("safetensors", "all", save(tensors, {"format": "np"}))
write("safetensors", "one", save({"a": np.ones((), "f4")}))
write("safetensors", "none", struct.pack("<Q", 2) + b"{}")

index = {"metadata": {"total_size": 24}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "x"}}
write("shards", "index", json.dumps(index).encode())
write("shards", "empty", b'{"weight_map": {}}')

write("csv", "plain", b"a,b\n1,2.5\n-3e2,nan\n")
write("csv", "windows", b'\xef\xbb\xbf"a, b";c\r\n1,5;"2"\r\n;-1\r\n')
write("csv", "mac", b"1,2\r3,NA\r\r5,6")
write("csv", "quotes", b'"say ""hi""","two\nlines"\n1, "2" \n"3"4,5\n')
write("csv", "faults", b"1,2\n3\n4,x\n1e400,-9223372036854775809\n")
write("csv", "packed", gzip.compress(b"1,2\n" * 50, mtime=0))

for code, kind in [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]:
    write("idx", kind.strip(">"), bytes([0, 0, code, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + x.astype(kind).tobytes())
write("idx", "scalar", bytes([0, 0, 8, 0, 7]))
write("idx", "packed", gzip.compress(bytes([0, 0, 8, 1, 0, 0, 1, 0]) + bytes(256), mtime=0))

record = bytes([7]) + bytes(range(256)) * 12
write("cifar", "two", record * 2)
write("cifar", "packed", gzip.compress(record, mtime=0))

y, z = np.mgrid[0:5, 0:7]
rgb = np.stack([10 * y, 20 * z, 100 + y + z], -1).astype(np.uint8)


def image(array, kind, **options):
    out = io.BytesIO()
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(out, kind, **options)
    return out.getvalue()


write("png", "rgb", image(rgb, "PNG"))
write("png", "grey", image(rgb[..., 0].copy(), "PNG"))
write("png", "alpha", image(np.concatenate([rgb, rgb[..., :1]], -1), "PNG"))
write("png", "palette", image(Image.fromarray(rgb).quantize(16), "PNG", transparency=3))
write("png", "wide", image((1000 * y).astype(np.uint16), "PNG"))
write("png", "bits", image(Image.fromarray(rgb).convert("1"), "PNG"))
write("png", "interlaced", (here / "../../tests/io/images/rgb_interlaced.png").read_bytes())
write("jpeg", "rgb", image(rgb, "JPEG"))
write("jpeg", "grey", image(rgb[..., 0].copy(), "JPEG"))
write("jpeg", "progressive", image(rgb, "JPEG", progressive=True, subsampling=2))
write("jpeg", "restart", image(np.tile(rgb, (8, 8, 1)), "JPEG", quality=30, restart_marker_blocks=2))
write("jpeg", "cmyk", image(Image.fromarray(rgb).convert("CMYK"), "JPEG"))
