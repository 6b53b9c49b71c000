"""Code: does it draw random numbers so that they repeat?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .case import Case, arguments
from .description import entry_function
from .rule import Found, rule
from .source import Call, Source, walk

_NUMPY_OTHER = {
    "BitGenerator", "Generator", "MT19937", "PCG64", "PCG64DXSM", "Philox", "RandomState", "SFC64",
    "SeedSequence", "default_rng", "get_state", "seed", "set_state",
}  # fmt: skip
_PYTHON_OTHER = {"Random", "SystemRandom", "getstate", "seed", "setstate"}
_TORCH_DRAWS = {
    "bernoulli", "multinomial", "normal", "poisson", "rand", "rand_like", "randint", "randint_like",
    "randn", "randn_like", "randperm",
}  # fmt: skip
_TORCH_LAYERS = {
    "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "Embedding",
    "GRU", "LSTM", "LazyConv2d", "LazyLinear", "Linear", "MultiheadAttention", "RNN", "Transformer",
    "TransformerEncoderLayer",
}  # fmt: skip
_ESTIMATORS = {
    "AdaBoostClassifier", "BaggingClassifier", "ExtraTreeClassifier", "ExtraTreesClassifier",
    "KMeans", "MLPClassifier", "MiniBatchKMeans", "RandomForestClassifier", "RandomizedSearchCV",
    "SGDClassifier", "ShuffleSplit", "StratifiedShuffleSplit", "resample", "shuffle",
    "train_test_split",
}  # fmt: skip

_SEEDS = {
    "numpy": {"numpy.random.seed", "numpy.random.set_state"},
    "random": {"random.seed", "random.setstate"},
    "torch": {"torch.manual_seed", "torch.random.manual_seed", "torch.set_rng_state"},
}
_SEEDS_ALL = {"seed_everything", "set_seed", "seed_all", "set_all_seeds"}


@rule("C460", "warning")
def unseeded(case: Case) -> Iterator[Found]:
    """Random numbers are drawn from a global state that nothing seeds.

    Two runs give two results: a score cannot be repeated, and `subkit audit` says so. Initial
    weights of a network are random numbers too.

    Mend: Take `seed` in the entry, and begin with `torch.manual_seed(seed)` or
    `np.random.seed(seed)`; or draw from a generator of your own.
    """
    live = [source for source in case.sources if source.name in case.reached]
    called = {call.name for source in live for call in source.calls}
    if {name.rpartition(".")[2] for name in called} & _SEEDS_ALL:
        return
    reported = set()
    for source in live:
        for call in source.calls:
            library = _draws_from(call)
            if library and library not in reported and not called & _SEEDS[library]:
                reported.add(library)
                message = f"{call.name} draws from {library}'s global state, which nothing seeds"
                yield source.at(call.node, message)


@rule("C461", "warning")
def seed_unused(case: Case) -> Iterator[Found]:
    """Random numbers are drawn, and the entry takes a `seed` that it does not use.

    The harness gives the same seed for the same training images, so that a score repeats; with the
    seed unused, what is random repeats by luck or not at all.

    Mend: Seed with it what draws random numbers.
    """
    found = entry_function(case)
    if found is None:
        return
    source, function = found
    argument = next((item for item in arguments(function) if item.arg == "seed"), None)
    live = [source for source in case.sources if source.name in case.reached]
    if argument is None or not any(_is_random(call) for each in live for call in each.calls):
        return
    for node in walk([*function.body]):
        if isinstance(node, ast.Name) and node.id in ("seed", "locals", "vars"):
            return
    yield source.at(argument, f"{function.name} does not use its seed")


@rule("C462", "warning")
def unrepeatable(case: Case) -> Iterator[Found]:
    """A generator is seeded with what differs from run to run: nothing, the clock, the system.

    The result cannot be repeated.

    Mend: Seed it with the argument `seed`.
    """
    for source in case.sources:
        for call in source.calls:
            if call.name in ("torch.seed", "random.SystemRandom"):
                yield source.at(call.node, f"{call.name} differs from run to run")
            elif seed := _seeding(call):
                value = call.argument(0, "seed", "a", "x")
                if value is None or (isinstance(value, ast.Constant) and value.value is None):
                    yield source.at(call.node, f"{seed} without a seed differs from run to run")
                elif _reads_clock(source, value):
                    yield source.at(call.node, f"{seed} is seeded with the clock")


@rule("C463", "note")
def constant_seed(case: Case) -> Iterator[Found]:
    """A global state is seeded with a number that stands in the code.

    It repeats, but every instance gets the same draw of luck, and `seed` is there for it.

    Mend: Seed with the argument `seed`.
    """
    for source in case.sources:
        for call in source.calls:
            value = call.argument(0, "seed", "a")
            seeds = any(call.name in names for names in _SEEDS.values())
            if seeds and isinstance(value, ast.Constant) and isinstance(value.value, int):
                yield source.at(call.node, f"{call.name} is seeded with {value.value!s:.20}")


def _is_random(call: Call) -> bool:
    return bool(_draws_from(call) or _seeding(call))


def _draws_from(call: Call) -> str:
    """Return the library whose global state a call draws from; empty where it does not."""
    module, _, last = call.name.rpartition(".")
    if module == "numpy.random" and last not in _NUMPY_OTHER and last.islower():
        return "numpy"
    if module == "random" and last not in _PYTHON_OTHER:
        return "random"
    if module == "torch" and last in _TORCH_DRAWS:
        return "" if call.argument(-1, "generator") is not None else "torch"
    if (module == "torch.nn" and last in _TORCH_LAYERS) or module == "torch.nn.init":
        constant = last in ("constant_", "zeros_", "ones_", "eye_", "dirac_")
        return "" if constant else "torch"
    if module.startswith("sklearn.") and last in _ESTIMATORS:
        return "" if call.argument(-1, "random_state") is not None or _starred(call) else "numpy"
    return ""


def _starred(call: Call) -> bool:
    return any(keyword.arg is None for keyword in call.node.keywords)


def _seeding(call: Call) -> str:
    """Return what a call seeds, where it takes a seed first."""
    makes = {"numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.seed"}
    makes |= {"random.seed", "random.Random", "torch.manual_seed"}
    return call.name if call.name in makes and not _starred(call) else ""


def _reads_clock(source: Source, node: ast.expr) -> bool:
    return any(
        source.resolve(item.func).startswith(("time.", "datetime.", "os.urandom", "os.getpid"))
        for item in ast.walk(node)
        if isinstance(item, ast.Call)
    )
