"""Which choice to try next: Optuna's TPE, asked for whole batches so that no worker's speed matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgeq.tune.needed import needed
from edgeq.tune.space import MATTERS, Choice, Space, key, matters, settled

RANDOM = 8  # trials before the sampler begins to learn
ASKED = 16  # proposals in a row that were tried before, after which one is drawn from those left
Evaluate = Callable[[Sequence[Choice]], Sequence[float | None]]


def search(space: Space, evaluate: Evaluate, *, trials: int, seed: int, batch: int) -> None:
    """Evaluates up to `trials` different choices, in batches; the defaults come first.

    evaluate: a batch of choices -> what is to be low for each, None for one that has no figure. What is proposed
    depends on the seed, the batch's size and all batches before, hence neither on the order in which trials of a batch
    end nor on how many follow: more trials begin with the same ones. The sampler is the tree-structured Parzen
    estimator (Bergstra et al. 2011), which learns from all batches before.
    """
    study = _study(seed)
    generator = np.random.default_rng(seed)
    untried = {key(choice): choice for choice in space.choices()}
    wanted = min(trials, len(untried))
    for choice in space.defaults():
        study.enqueue_trial(dict(choice))
    while wanted:
        asked = [_ask(study, space, untried, generator) for _ in range(min(batch, wanted))]
        wanted -= len(asked)
        found = evaluate([choice for _, choice in asked])
        for (trial, _), value in zip(asked, found, strict=True):
            study.tell(trial, value, state=_failed() if value is None else None)


def _study(seed: int) -> Any:
    optuna = needed("optuna")
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=RANDOM)
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        return optuna.create_study(direction="minimize", sampler=sampler)
    finally:
        optuna.logging.set_verbosity(level)


def _ask(study: Any, space: Space, untried: dict[str, Choice], generator: np.random.Generator) -> tuple[Any, Choice]:
    """A trial of the study with a choice that was not proposed before, which leaves `untried`."""
    for _ in range(ASKED):
        trial = study.ask()
        choice = _suggested(trial, space)
        if untried.pop(key(choice), None) is not None:
            return trial, choice
        study.tell(trial, state=_failed())
    left = list(untried.values())
    study.enqueue_trial(dict(left[generator.integers(len(left))]))
    return _ask(study, space, untried, generator)


def _suggested(trial: Any, space: Space) -> Choice:
    """What the sampler suggests; it is not asked for fields that have no meaning with the others."""
    choice: dict[str, Any] = {}
    for name in sorted(space.values, key=lambda name: name in MATTERS):
        values = space.values[name]
        asked = len(values) > 1 and matters(name, choice)
        choice[name] = trial.suggest_categorical(name, values) if asked else values[0]
    return settled({name: choice[name] for name in space.values})


def _failed() -> Any:
    return needed("optuna").trial.TrialState.FAIL
