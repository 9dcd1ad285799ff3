"""Writes golden.json: what JAX gives for every sample of the table of operations.

    COPSE_SAMPLES=/tmp/samples.json test_tables "samples of all rows"
    python tests/tables/golden.py /tmp/samples.json > tests/tables/golden.json

To be run again when a row's samples change or a row is added. Needs jax alone. Takes a quarter of an hour; for new
rows alone, name the old file behind the samples: rows that it has are kept as they are.

JAX's default types are 32 bits wide only if it has no others, so all but int64 and float64 are computed so. Results
of those two are computed with the others enabled; where a result got wider because defaults did (a mean of integers,
an index), it is brought back to what Copse's documentation says: float32 and int32.
"""

import json
import os
import sys

# Thousands of small programs: compiling them is all the work.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=1"

import jax  # noqa: E402
import jax.numpy as jnp
import numpy as np
from jax import lax, nn  # noqa: F401: names for the rows
from jax import random as jr
from jax.scipy import special  # noqa: F401
import jax.scipy.linalg as jsl  # noqa: F401


def K(data):
    return jr.wrap_key_data(data, impl="threefry2x32")


def data_of(key):
    return jr.key_data(key)


def F(x):
    """Integers and bool as the default float."""
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float32)


def W(x):
    """The same, and bfloat16 too."""
    return x.astype(jnp.float32) if x.dtype == jnp.bfloat16 else F(x)


def R(x):
    """What samplers compute in: bfloat16 as it is, all others as float32."""
    return x if x.dtype == jnp.bfloat16 else x.astype(jnp.float32)


def conv_numbers(x):
    n = x.ndim - 2
    spatial = "DHW"[3 - n :]
    return ("N" + spatial + "C", spatial + "IO", "N" + spatial + "C")


def parse(t):
    values = [float(v) for v in t["data"]] if "float" in t["dtype"] else t["data"]
    dtype = jnp.dtype(t["dtype"])
    return jnp.asarray(np.array(values).reshape(t["shape"]).astype(dtype))


def number(v):
    if isinstance(v, (bool, int)):
        return int(v)
    return v if np.isfinite(v) else ("nan" if np.isnan(v) else ("inf" if v > 0 else "-inf"))


def text(x):
    x = np.asarray(x)
    if "float" in str(x.dtype) and x.dtype != np.float64:  # the shortest decimals that read back
        data = [float(str(v)) for v in x.astype(np.float32).ravel()]
    else:
        data = x.ravel().tolist()
    return {"dtype": str(x.dtype), "shape": list(x.shape), "data": [number(v) for v in data]}


def run(expression, a):
    return eval(expression, globals(), dict(zip("xyzw", a), a=a))


def call(sample, x64):
    jax.config.update("jax_enable_x64", x64)
    a = [parse(t) for t in sample["inputs"]]
    try:
        try:  # one program is compiled faster than one for each of its operations
            out = jax.jit(lambda *a: run(sample["jax"], list(a)))(*a)
        except Exception:  # noqa: BLE001: values that must be known, or JAX refuses
            out = run(sample["jax"], a)
    except Exception as error:  # noqa: BLE001
        return str(error).split("\n")[0][:60] or type(error).__name__
    return [np.asarray(y) for y in (out if isinstance(out, (tuple, list)) else [out])]


def like(sample, dtype):
    """The same sample with other inputs' dtypes, to see what the result's dtype follows."""
    inputs = [dict(t, dtype=dtype) if t["dtype"] == sample["dtype"] else t for t in sample["inputs"]]
    return dict(sample, inputs=inputs)


def narrowed(sample, results):
    if isinstance(results, str) or sample["row"].split("/")[0] in ("astype", "bitcast"):
        return results
    of_floats = None
    if any(y.dtype == np.int64 for y in results):
        of_floats = call(like(sample, "float32"), False)
    out = []
    for i, y in enumerate(results):
        if sample["dtype"] == "int64" and y.dtype == np.float64:
            y = y.astype(np.float32)
        elif y.dtype == np.int64 and not isinstance(of_floats, str) and of_floats[i].dtype == np.int32:
            y = y.astype(np.int32)
        out.append(y)
    return out


def main():
    golden = {}
    kept = json.load(open(sys.argv[2])) if len(sys.argv) > 2 else {}
    for i, sample in enumerate(json.load(open(sys.argv[1]))):
        if sample["row"] in kept:
            golden[sample["row"]] = kept[sample["row"]]
            continue
        if i % 500 == 499:
            jax.clear_caches()
            print(i + 1, file=sys.stderr)
        wide = sample["dtype"] in ("int64", "float64") or "64)" in sample["jax"]
        results = call(sample, wide)
        if wide:
            results = narrowed(sample, results)
        value = results if isinstance(results, str) else [text(y) for y in results]
        golden.setdefault(sample["row"], {}).setdefault(sample["sample"], {})[sample["dtype"]] = value
    lines = (f"{json.dumps(row)}:{json.dumps(value, separators=(',', ':'))}" for row, value in golden.items())
    print("{\n" + ",\n".join(lines) + "\n}")


main()
