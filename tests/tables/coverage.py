"""Says where docs/coverage.md is not true of the JAX that is installed.

    python tests/tables/coverage.py

Every public name of JAX's modules must be declared in a header, or stand on the page; every function that the page's
column "there is" names must be declared. Exits with 1 if one is missing.
"""

import pathlib
import re
import sys
import types

import jax
import jax.numpy as jnp

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = {
    "jax.numpy": jnp,
    "jax.numpy.linalg": jnp.linalg,
    "jax.lax": jax.lax,
    "jax.lax.linalg": jax.lax.linalg,
    "jax.nn": jax.nn,
    "jax.random": jax.random,
}
NO_FUNCTIONS = {"x", "_in_dim", "where", "initial", "dtype", "reduce"}
WORD = r"[A-Za-z_][A-Za-z_0-9]*"


def public(module):
    for name in dir(module):
        value = getattr(module, name)
        hidden = name.startswith("_") or isinstance(value, types.ModuleType)
        kind = name.endswith(("_p", "DimensionNumbers")) or isinstance(value, (type, jnp.dtype))
        scalar_type = type(value).__name__ == "_ScalarMeta"
        if not (hidden or kind or scalar_type):
            yield name


def declared():
    text = ""
    for folder in ("core", "ops", "random", "transform", "trace"):
        for header in (ROOT / "include/copse" / folder).glob("*.hpp"):
            text += re.sub(r"//.*", "", header.read_text())
    return {name.rstrip("_") for name in re.findall(rf"\b({WORD})\s*[(<]", text)}


def main():
    page = (ROOT / "docs/coverage.md").read_text()
    named = {word for code in re.findall(r"`([^`]*)`", page) for word in re.findall(WORD, code)}
    functions = declared()
    wrong = []
    for title, module in MODULES.items():
        for name in public(module):
            if name not in functions and name not in named:
                wrong.append(f"{title}.{name} is neither declared nor on the page")
    for row in page.splitlines():
        cells = row.split("|")
        if len(cells) < 5 or cells[1].strip() in ("family", "---"):
            continue
        for code in re.findall(r"`([^`]*)`", cells[2]):
            for name in re.findall(WORD, code):
                if name.rstrip("_") not in functions and name not in NO_FUNCTIONS:
                    wrong.append(f"{name} is on the page, but no header declares it")
    print("\n".join(wrong) or "the page is true")
    return 1 if wrong else 0


sys.exit(main())
