"""Writes golden.json: collectives under vmap as JAX computes them, with what reverse, forward and second derivatives give
inside of the vmap.

    pip install jax && python golden.py
"""

import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

SIZE = 4
CYCLE = [(0, 1), (1, 2), (2, 3), (3, 0)]


def weights(shape):
    """The same for any shape as test_collectives.cpp makes them."""
    return jnp.cos(jnp.arange(np.prod(shape, dtype=int), dtype=jnp.float32) + 1).reshape(shape)


def looped(x):
    def step(carry, _):
        carry = jnp.sin(carry + jax.lax.pmean(carry * x, "i"))
        return carry, jax.lax.psum(carry, "i")

    carry, sums = jax.lax.scan(step, x, None, length=3)
    return carry + sums.sum(0)


def chosen(x):
    """A cond, written as a where: under vmap JAX stops the gradients of a cond's operands where the other side is taken, and so
    gives no derivative of what elements that have taken another side get from them."""
    return jnp.where(jax.lax.axis_index("i") < 2, x * jax.lax.psum(x, "i"), jax.lax.ppermute(x, "i", CYCLE) ** 2)


def chosen_in_loop(x):
    return jax.lax.scan(lambda carry, _: (chosen(carry) / 3, None), x, None, length=2)[0]


lax = jax.lax
# What x each element has, and the function.
CASES = {
    "psum": ((3,), lambda x: lax.psum(x, "i")),
    "psum_of_product": ((3,), lambda x: x * lax.psum(x * x, "i")),
    "psum_of_constant": ((), lambda x: x * lax.psum(2.0, "i")),
    "pmean": ((3,), lambda x: x / lax.pmean(x, "i")),
    "share": ((), lambda x: x / lax.psum(x, "i")),
    "all_gather": ((2,), lambda x: lax.all_gather(x, "i") * x),
    "all_gather_scalar": ((), lambda x: lax.all_gather(x, "i")),
    "all_gather_axis": ((2, 3), lambda x: lax.all_gather(x, "i", axis=-1)),
    "all_gather_tiled": ((2, 3), lambda x: lax.all_gather(x, "i", axis=1, tiled=True)),
    "all_gather_of_constant": ((), lambda x: x * lax.all_gather(jnp.float32(3), "i")),
    "psum_scatter": ((4, 2), lambda x: lax.psum_scatter(x, "i")),
    "psum_scatter_axis": ((2, 4), lambda x: lax.psum_scatter(x, "i", scatter_dimension=1)),
    "psum_scatter_tiled": ((2, 8), lambda x: lax.psum_scatter(x, "i", scatter_dimension=1, tiled=True)),
    "psum_scatter_of_constant": ((), lambda x: x * lax.psum_scatter(jnp.arange(4.0), "i")),
    "ppermute": ((2,), lambda x: x * lax.ppermute(x, "i", CYCLE)),
    "ppermute_of_constant": ((), lambda x: x * lax.ppermute(jnp.float32(3), "i", CYCLE)),
    "axis_index": ((2,), lambda x: x * lax.axis_index("i").astype(jnp.float32)),
    "axis_size": ((2,), lambda x: x * lax.axis_size("i")),
    "looped": ((2,), looped),
    "chosen": ((2,), chosen),
    "chosen_in_loop": ((2,), chosen_in_loop),
}
# Without derivatives: JAX has none of pmax and pmin.
VALUES = {
    "pmax": ((3,), lambda x: x - lax.pmax(x, "i")),
    "pmin": ((3,), lambda x: x - lax.pmin(x, "i")),
}


def numbers(x):
    return {"shape": list(x.shape), "data": [float(v) for v in np.asarray(x, dtype=np.float64).ravel()]}


def case(shape, f, derivatives):
    count = SIZE * int(np.prod(shape, dtype=int))
    x = (jnp.sin(jnp.arange(count, dtype=jnp.float32)) + 1.5).reshape((SIZE, *shape))
    vmap = lambda g: jax.vmap(g, axis_name="i")

    def loss(v):
        y = f(v)
        return jnp.sum(y * y * weights(y.shape))

    result = {"x": numbers(x), "value": numbers(vmap(f)(x))}
    if derivatives:
        result["grad"] = numbers(vmap(jax.grad(loss))(x))
        tangent = jnp.cos(x)
        result["jvp"] = numbers(vmap(lambda v, t: jax.jvp(f, (v,), (t,))[1])(x, tangent))
        second = jax.grad(lambda v: jnp.sum(jax.grad(loss)(v) * weights(v.shape)))
        result["second"] = numbers(vmap(second)(x))
    return result


def main():
    golden = {name: case(*c, True) for name, c in CASES.items()}
    golden |= {name: case(*c, False) for name, c in VALUES.items()}
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps({"jax": jax.__version__, "cases": golden}) + "\n")


if __name__ == "__main__":
    main()
