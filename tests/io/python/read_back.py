"""Reads the files of tests/io/test_python.cpp with the formats' own libraries: read_back.py LIBRARY FOLDER.

Ends with status 0 if all is as written, 77 if the library is not installed.
"""
import json
import pathlib
import sys

NOT_INSTALLED = 77


def check(ok, what):
    if not ok:
        sys.exit(f"not as written: {what}")


def expected(np):
    """The arrays that were written, by name."""
    return {
        "bool": np.array([True, False, True]),
        "uint8": np.array([0, 1, 255], np.uint8),
        "uint32": np.array([0, 4294967295], np.uint32),
        "int32": np.array([[-2147483648, 0, 2147483647]], np.int32),
        "int64": np.array([-9223372036854775808, 9223372036854775807], np.int64),
        "float32": np.array([[1.5, -0.0], [np.inf, np.nan]], np.float32),
        "float64": np.array(0.1, np.float64),
        "empty": np.zeros((0, 3), np.float32),
        "a name/with \"quotes\" and \u00e9": np.arange(24, dtype=np.int32).reshape(2, 3, 4),
    }


def same(np, got, wanted, name):
    check(got.dtype == wanted.dtype and got.shape == wanted.shape, f"{name}: {got.dtype}{got.shape}")
    check(got.tobytes() == wanted.tobytes() or np.array_equal(got, wanted, equal_nan=True), name)


def numpy(folder):
    import numpy as np

    wanted = expected(np)
    for i, (name, array) in enumerate(wanted.items()):
        same(np, np.load(folder / f"{i}.npy", allow_pickle=False), array, name)
    for file in ["stored.npz", "packed.npz"]:
        with np.load(folder / file, allow_pickle=False) as archive:
            check(list(archive.files) == list(wanted), f"names in {file}: {archive.files}")
            for name, array in wanted.items():
                same(np, archive[name], array, name)
    with np.load(folder / "many.npz", allow_pickle=False) as archive:
        check(len(archive.files) == 70000, f"{len(archive.files)} arrays")
        for i in [0, 65535, 65536, 69999]:
            check(archive[f"a{i}"] == i, f"a{i}")


def safetensors(folder):
    import numpy as np
    from safetensors import safe_open

    with safe_open(folder / "all.safetensors", framework="np") as file:
        check(file.metadata() == {"note": "a \"text\" \u00e9"}, f"metadata {file.metadata()}")
        wanted = expected(np)
        check(sorted(k for k in file.keys() if k != "bfloat16") == sorted(wanted), f"names {file.keys()}")
        for name, array in wanted.items():
            same(np, file.get_tensor(name), array, name)
        check(file.get_slice("bfloat16").get_dtype() == "BF16", "bfloat16")
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    check(sorted(index["weight_map"]) == sorted(wanted), "names in the index")
    for name, shard in index["weight_map"].items():
        with safe_open(folder / shard, framework="np") as file:
            same(np, file.get_tensor(name), wanted[name], name)


def tensorboard(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "events"))
    events.Reload()
    check(sorted(events.Tags()["scalars"]) == ["loss", "val/\u00e9"], f"tags {events.Tags()}")
    check([(e.step, e.value) for e in events.Scalars("loss")] == [(0, 1.5), (1, 0.75), (1 << 40, -2.0)], "loss")


if __name__ == "__main__":
    library = sys.argv[1]
    try:
        __import__(library)
    except ImportError:
        sys.exit(NOT_INSTALLED)
    globals()[library](pathlib.Path(sys.argv[2]))
