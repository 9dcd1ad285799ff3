"""Keras 3 on JAX at the work of copse_bench's items trainer_step_*.

    KERAS_BACKEND=jax python bench/keras_step.py [--steps N] [--rounds R]

A network of 4, 8 and 1 units, 32 samples a batch, sgd. Prints microseconds a step, the least of all rounds: of a compiled
step written with Keras's stateless functions, of `fit` without callbacks, and of `fit` with its progress bar. Needs
keras and jax.
"""

import argparse
import contextlib
import os
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np


def network():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    return model


def bare_step(model):
    loss_of = keras.losses.MeanSquaredError()
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)

    def loss(trainable, fixed, x, y):
        predictions, fixed = model.stateless_call(trainable, fixed, x, training=True)
        return loss_of(y, predictions), fixed

    @jax.jit
    def step(state, x, y):
        trainable, fixed, slots = state
        (value, fixed), gradients = jax.value_and_grad(loss, has_aux=True)(trainable, fixed, x, y)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return value, (trainable, fixed, slots)

    values = lambda variables: [v.value for v in variables]
    state = (values(model.trainable_variables), values(model.non_trainable_variables), values(optimizer.variables))
    return step, state


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=2000)
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    random = np.random.default_rng(0)
    x = random.normal(size=(32 * options.steps, 4)).astype("float32")
    y = random.normal(size=(32 * options.steps, 1)).astype("float32")
    model = network()
    step, state = bare_step(network())
    batch = jax.device_put(x[:32]), jax.device_put(y[:32])

    def bare():
        nonlocal state
        for _ in range(options.steps):
            loss, state = step(state, *batch)
        jax.block_until_ready(state)

    def fit(verbose):
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            model.fit(x, y, batch_size=32, shuffle=False, verbose=verbose)

    best = {}
    for _ in range(options.rounds + 1):  # the first compiles
        for name, run in [("bare", bare), ("fit", lambda: fit(0)), ("fit, progress bar", lambda: fit(1))]:
            start = time.perf_counter()
            run()
            best.setdefault(name, []).append((time.perf_counter() - start) / options.steps * 1e6)
    for name, times in best.items():
        print(f"{name:20} {min(times[1:]):8.2f} us")


if __name__ == "__main__":
    main()
