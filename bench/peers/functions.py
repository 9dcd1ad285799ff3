#!/usr/bin/env python3
"""Times the items of bench/functions.cpp in turn with JAX and PyTorch, each in a process of its own.

    bench/peers/functions.py build/release/bench/copse_bench --only depthwise,svd [--threads 1] [--seconds 0.3]
    bench/peers/functions.py build/release/bench/copse_bench --check     the values of --check instead of times

Prints for each item the microseconds of ours, JAX and PyTorch (medians of slices taken in turn) and the faster peer's
time over ours. A second executable (--before) is measured beside the first. Of the peers those are measured that this
Python has.
"""
import argparse
import importlib.util
import json
import math
import os
import subprocess
import sys
import time

SLICES = 5


def bits(seed, n):
    import numpy as np
    h = np.arange(n, dtype=np.uint32) + np.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return h >> np.uint32(8)


def uniform(seed, *shape):
    import numpy as np
    return (bits(seed, math.prod(shape)).astype(np.float32) * np.float32(2**-23) - np.float32(1)).reshape(shape)


def labels(seed, n, classes):
    return (bits(seed, n) % classes).astype("int32")


def spd(a):
    import numpy as np
    n = a.shape[-1]
    return (a @ np.swapaxes(a, -1, -2) + n * np.eye(n)).astype("float32")


CONVOLUTIONS = {  # x, kernel, stride, groups, whether gradients
    "depthwise3x3": ((8, 56, 56, 96), (3, 3, 1, 96), 1, 96, False),
    "depthwise3x3_gradients": ((8, 28, 28, 96), (3, 3, 1, 96), 2, 96, True),
    "grouped3x3": ((4, 28, 28, 128), (3, 3, 4, 128), 1, 32, False),
    "grouped3x3_gradients": ((4, 28, 28, 128), (3, 3, 4, 128), 1, 32, True),
}
SQUARE = {  # shape, whether positive definite
    "svd_200": ((200, 200), False), "svd_batch": ((100, 12, 12), False),
    "eigh_200": ((200, 200), True), "eigh_batch": ((100, 12, 12), True),
    "qr_300": ((300, 300), False), "cholesky_400": ((400, 400), True), "solve_400": ((400, 400), True),
    "inv_300": ((300, 300), True), "inv_batch": ((2000, 4, 4), True), "det_batch": ((2000, 4, 4), False),
}
ELEMENTARY = {  # range of the first operand
    "exp": (-5, 5), "log": (0.1, 9), "log1p": (-0.5, 9), "expm1": (-3, 3), "sin": (-9, 9), "cos": (-9, 9),
    "tan": (-9, 9), "arcsin": (-1, 1), "arccos": (-1, 1), "arctan": (-5, 5), "sinh": (-5, 5), "cosh": (-5, 5),
    "tanh": (-5, 5), "arcsinh": (-9, 9), "arccosh": (1, 9), "arctanh": (-0.9, 0.9), "sigmoid": (-5, 5),
    "erf": (-3, 3), "erfc": (-3, 3), "ndtr": (-3, 3), "gammaln": (0.1, 20), "digamma": (0.1, 20), "exp2": (-5, 5),
    "log2": (0.1, 9), "log10": (0.1, 9), "cbrt": (-9, 9), "power": (0.1, 9), "arctan2": (-5, 5),
    "hypot": (-5, 5), "mod": (-50, 50), "fmod": (-50, 50), "floor_divide": (-50, 50),
}
MOVES = {  # shapes of the operands
    "repeat_last": [(200000, 3)], "pad_last": [(100000, 6)], "transpose_2d": [(900, 700)],
    "transpose_heads": [(8, 128, 6, 32)], "roll_last": [(60000, 10)], "flip_last": [(60000, 10)],
    "sum_short_last": [(150000, 5)], "max_short_last": [(150000, 5)], "sum_middle": [(200, 60, 40)],
    "concatenate_last": [(100000, 3), (100000, 4)], "broadcast_middle": [(100, 60, 40), (100, 1, 40)],
    "broadcast_last": [(500, 40, 8), (500, 40, 1)], "outer_difference": [(400, 1, 3), (1, 300, 3)],
}
OPERATORS = {  # alike for both peers
    "broadcast_middle": lambda x, m: x - m, "broadcast_last": lambda x, m: x * m,
    "outer_difference": lambda x, y: x - y,
}
INDEXING = {  # operands, in order
    "take_rows": lambda: [uniform(1, 20000, 48), labels(2, 30000, 20000)],
    "scatter_add_rows": lambda: [uniform(1, 5000, 24), labels(2, 20000, 5000), uniform(3, 20000, 24)],
    "scatter_add_numbers": lambda: [uniform(1, 5000), labels(2, 200000, 5000), uniform(3, 200000)],
    "searchsorted": lambda: [sorted_bins(), uniform(2, 100000)],
    "top_k_64": lambda: [uniform(1, 32, 12000)],
    "select_by_mask": lambda: [uniform(1, 500000), uniform(2, 500000) > 0.3],
    "one_hot_product": lambda: [labels(1, 4000, 500), uniform(2, 500, 64)],
    "max_pool_gradient": lambda: [uniform(1, 32, 24, 24, 20)],
    "permutation": lambda: [],
    "randint": lambda: [],
}


def sorted_bins():
    import numpy as np
    return np.sort(uniform(1, 3000))


def operands(name):
    import numpy as np
    if name in CONVOLUTIONS:
        return [uniform(1, *CONVOLUTIONS[name][0]), uniform(2, *CONVOLUTIONS[name][1])]
    if name in SQUARE:
        shape, positive = SQUARE[name]
        a = uniform(1, *shape)
        a = spd(a) if positive else a
        return [a, uniform(2, shape[0], 8)] if name.startswith("solve") else [a]
    if name in MOVES:
        return [uniform(i + 1, *shape) for i, shape in enumerate(MOVES[name])]
    if name in INDEXING:
        return INDEXING[name]()
    base, dtype = name.rsplit("_", 1)
    dtype = {"f32": np.float32, "f64": np.float64}[dtype]
    low, high = ELEMENTARY[base]
    x = uniform(1, 200000).astype(dtype) * dtype((high - low) / 2) + dtype((high + low) / 2)
    y = uniform(2, 200000).astype(dtype) * dtype(1.5) + dtype(2)
    return [x, y]


def names():
    return [*CONVOLUTIONS, *SQUARE, *INDEXING, *(e + t for t in ("_f32", "_f64") for e in ELEMENTARY), *MOVES]


# ---------------------------------------------------------------- JAX


def jax_function(name):
    import jax
    import jax.numpy as jnp
    from jax.scipy import special
    jax.config.update("jax_enable_x64", name.endswith("_f64"))
    if name in CONVOLUTIONS:
        _, _, stride, groups, gradients = CONVOLUTIONS[name]

        def conv(x, k):
            return jax.lax.conv_general_dilated(x, k, (stride, stride), ((1, 1), (1, 1)), feature_group_count=groups,
                                                dimension_numbers=("NHWC", "HWIO", "NHWC"))
        if not gradients:
            return conv
        x, k = operands(name)
        weights = uniform(3, *jax.eval_shape(conv, x, k).shape)
        both = jax.grad(lambda x, k: jnp.sum(conv(x, k) * weights), argnums=(0, 1))
        return lambda x, k: both(x, k)
    linalg = {
        "svd": lambda a: jnp.linalg.svd(a, full_matrices=False)[2:0:-1], "eigh": lambda a: jnp.linalg.eigh(a)[::-1],
        "qr": jnp.linalg.qr, "cholesky": jnp.linalg.cholesky, "solve": jnp.linalg.solve, "inv": jnp.linalg.inv,
        "det": jnp.linalg.det,
    }
    if name in SQUARE:
        return linalg[name.split("_")[0]]
    moves = {
        "repeat_last": lambda x: jnp.repeat(x, 2, -1), "pad_last": lambda x: jnp.pad(x, ((0, 0), (1, 1))),
        "transpose_2d": jnp.transpose, "transpose_heads": lambda x: jnp.transpose(x, (0, 2, 1, 3)),
        "roll_last": lambda x: jnp.roll(x, 3, -1), "flip_last": lambda x: jnp.flip(x, -1),
        "sum_short_last": lambda x: jnp.sum(x, -1), "max_short_last": lambda x: jnp.max(x, -1),
        "sum_middle": lambda x: jnp.sum(x, 1), "concatenate_last": lambda a, b: jnp.concatenate((a, b), -1),
        **OPERATORS,
    }
    if name in moves:
        return moves[name]
    indexing = {
        "take_rows": lambda x, i: x[i], "scatter_add_rows": lambda x, i, u: x.at[i].add(u),
        "scatter_add_numbers": lambda x, i, u: x.at[i].add(u), "searchsorted": jnp.searchsorted,
        "top_k_64": lambda x: jax.lax.top_k(x, 64)[0], "select_by_mask": None,
        "one_hot_product": lambda i, w: jax.nn.one_hot(i, 500) @ w,
        "max_pool_gradient": jax.grad(lambda x: jnp.sum(jnp.square(
            jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")))),
        "permutation": lambda: jax.random.permutation(jax.random.key(1), 60000),
        "randint": lambda: jax.random.randint(jax.random.key(1), (500000,), 0, 1000),
    }
    if name in indexing:
        return indexing[name]
    base = name.rsplit("_", 1)[0]
    two = {"power", "arctan2", "hypot", "mod", "fmod", "floor_divide"}
    function = {"sigmoid": jax.nn.sigmoid, "erf": special.erf, "erfc": special.erfc, "ndtr": special.ndtr,
                "gammaln": special.gammaln, "digamma": special.digamma}.get(base) or getattr(jnp, base)
    return function if base in two else lambda x, y: function(x)


def jax_call(name):
    import jax
    function = jax_function(name)
    if function is None:
        return None
    arguments = [jax.numpy.asarray(a) for a in operands(name)]
    if name in ("permutation", "randint"):
        key = jax.random.key(1)
        drawn = {"permutation": lambda k: jax.random.permutation(k, 60000),
                 "randint": lambda k: jax.random.randint(k, (500000,), 0, 1000)}[name]
        function, arguments = drawn, [key]
    compiled = jax.jit(function)
    return lambda: jax.block_until_ready(compiled(*arguments))


# ---------------------------------------------------------------- PyTorch


def torch_function(name):
    import torch
    if name in CONVOLUTIONS:
        _, _, stride, groups, gradients = CONVOLUTIONS[name]
        x, k = (torch.from_numpy(a) for a in operands(name))
        x = x.permute(0, 3, 1, 2)  # which is channels_last
        k = k.permute(3, 2, 0, 1).contiguous()

        def conv(x, k):
            return torch.nn.functional.conv2d(x, k, stride=stride, padding=1, groups=groups)
        if not gradients:
            return lambda *_: conv(x, k).permute(0, 2, 3, 1)
        y = conv(x, k)
        weights = torch.from_numpy(uniform(3, y.shape[0], y.shape[2], y.shape[3], y.shape[1])).permute(0, 3, 1, 2)
        x.requires_grad_(True)
        k.requires_grad_(True)

        def gradient(*_):
            return torch.autograd.grad(torch.sum(conv(x, k) * weights), (x, k))
        return gradient
    linalg = {
        "svd": lambda a: torch.linalg.svd(a, full_matrices=False)[2:0:-1], "eigh": lambda a: torch.linalg.eigh(a)[::-1],
        "qr": torch.linalg.qr, "cholesky": torch.linalg.cholesky, "solve": torch.linalg.solve,
        "inv": torch.linalg.inv, "det": torch.linalg.det,
    }
    if name in SQUARE:
        return linalg[name.split("_")[0]]
    moves = {
        "repeat_last": lambda x: x.repeat_interleave(2, -1), "pad_last": lambda x: torch.nn.functional.pad(x, (1, 1)),
        "transpose_2d": lambda x: x.T.contiguous(), "transpose_heads": lambda x: x.transpose(1, 2).contiguous(),
        "roll_last": lambda x: torch.roll(x, 3, -1), "flip_last": lambda x: torch.flip(x, (-1,)),
        "sum_short_last": lambda x: torch.sum(x, -1), "max_short_last": lambda x: torch.amax(x, -1),
        "sum_middle": lambda x: torch.sum(x, 1), "concatenate_last": lambda a, b: torch.cat((a, b), -1),
        **OPERATORS,
    }
    if name in moves:
        return moves[name]

    def pooled(x):
        x = x.permute(0, 3, 1, 2).detach().requires_grad_(True)
        return torch.autograd.grad(torch.sum(torch.square(torch.nn.functional.max_pool2d(x, 2))), x)[0]
    indexing = {
        "take_rows": lambda x, i: torch.nn.functional.embedding(i, x),
        "scatter_add_rows": lambda x, i, u: x.index_add(0, i, u),
        "scatter_add_numbers": lambda x, i, u: x.index_add(0, i, u), "searchsorted": torch.searchsorted,
        "top_k_64": lambda x: torch.topk(x, 64)[0], "select_by_mask": lambda x, m: x[m],
        "one_hot_product": lambda i, w: torch.nn.functional.one_hot(i.long(), 500).float() @ w,
        "max_pool_gradient": pooled,
        "permutation": lambda: torch.randperm(60000),
        "randint": lambda: torch.randint(0, 1000, (500000,)),
    }
    if name in indexing:
        return indexing[name]
    base = name.rsplit("_", 1)[0]
    two = {"power": torch.pow, "arctan2": torch.arctan2, "hypot": torch.hypot, "mod": torch.remainder,
           "fmod": torch.fmod, "floor_divide": torch.floor_divide}
    if base in two:
        return two[base]
    one = {"ndtr": torch.special.ndtr, "gammaln": torch.lgamma, "cbrt": None}
    function = one[base] if base in one else getattr(torch, base)
    return function and (lambda x, y: function(x))


def torch_call(name):
    import torch
    function = torch_function(name)
    if function is None:
        return None
    arguments = [torch.from_numpy(a) for a in operands(name)]
    if name in CONVOLUTIONS and CONVOLUTIONS[name][-1]:
        return lambda: function(*arguments)

    def call():
        with torch.no_grad() if name != "max_pool_gradient" else torch.enable_grad():
            return function(*arguments)
    return call


# ---------------------------------------------------------------- measuring


def worker(peer, threads):
    """Answers 'NAME SECONDS' with microseconds a call, 'NAME check' with the mean magnitude of the result."""
    if peer == "torch":
        import torch
        torch.set_num_threads(threads)
    prepare = {"jax": jax_call, "torch": torch_call}[peer]
    calls = {}
    for line in sys.stdin:
        name, what = line.split()
        try:
            if name not in calls:
                calls[name] = prepare(name)
                for _ in range(3):
                    calls[name] and calls[name]()
            call = calls[name]
            if call is None:
                reply = {"us": None}
            elif what == "check":
                import numpy as np
                last = call()
                last = last[-1] if isinstance(last, (tuple, list)) or hasattr(last, "_fields") else last
                reply = {"values": [float(np.mean(np.abs(np.asarray(last, dtype=np.float64))))]}
            else:
                start = time.perf_counter()
                samples = []
                while not samples or time.perf_counter() - start < float(what):
                    begin = time.perf_counter()
                    call()
                    samples.append((time.perf_counter() - begin) * 1e6)
                reply = {"us": {"": samples}}
        except Exception as e:  # a peer may not have a function
            reply = {"error": str(e)}
        print(json.dumps(reply), flush=True)


class Process:
    def __init__(self, command, threads):
        env = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads),
                   XLA_FLAGS=f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'} "
                             f"intra_op_parallelism_threads={threads}",
                   MALLOC_MMAP_MAX_="0", MALLOC_TRIM_THRESHOLD_="100000000000")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True,
                                        preexec_fn=lambda: os.sched_setaffinity(0, range(threads)))

    def ask(self, name, what):
        print(name, what, file=self.process.stdin, flush=True)
        reply = json.loads(self.process.stdout.readline())
        return reply


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else math.nan


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", nargs="?")
    parser.add_argument("--before")
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--worker")
    options = parser.parse_args()
    if options.worker:
        return worker(options.worker, options.threads)
    processes = {}
    for label, program in (("ours", options.ours), ("before", options.before)):
        if program:
            processes[label] = Process([program, "--worker", "--threads", str(options.threads)], options.threads)
            processes[label].process.stdout.readline()  # its version
    for peer in ("jax", "torch"):
        if importlib.util.find_spec(peer):
            processes[peer] = Process([sys.executable, __file__, "--worker", peer, "--threads", str(options.threads)],
                                      options.threads)
    print(f"{'item':26}" + "".join(f"{label:>12}" for label in processes) + "  peer/ours" * (not options.check))
    ratios = []
    for name in names():
        if options.only and not any(part in name for part in options.only.split(",")):
            continue
        if options.check:
            replies = {label: p.ask(name, "check") for label, p in processes.items()}
            print(f"{name:26}" + "".join(f"{r.get('values', [math.nan])[0]:12.7g}" for r in replies.values()),
                  *(r["error"] for r in replies.values() if "error" in r), flush=True)
            continue
        slices = {label: [] for label in processes}
        for label, p in processes.items():
            p.ask(name, "0")
        for _ in range(SLICES):
            for label, p in processes.items():
                us = p.ask(name, options.seconds / SLICES).get("us")
                slices[label] += [median(us[""])] if us else []
        times = {label: median(s) for label, s in slices.items()}
        peers = [times[p] for p in ("jax", "torch") if not math.isnan(times.get(p, math.nan))]
        ratio = min(peers) / times["ours"] if peers else math.nan
        ratios.append(ratio)
        print(f"{name:26}" + "".join(f"{t:12.1f}" for t in times.values()) + f"{ratio:11.2f}", flush=True)
    known = [r for r in ratios if r == r]
    if known:
        print(f"geometric mean {math.exp(sum(map(math.log, known)) / len(known)):.2f}, least {min(known):.2f}")


if __name__ == "__main__":
    main()
