"""The search strategy: Optuna's TPE sampler, asked for whole batches so that results do not depend
on the speed of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgeq.tune.optional_imports import import_or_raise
from edgeq.tune.search_space import RELEVANT_WITH, Choice, Space, canonical, is_relevant, key

RANDOM = 8  # random trials before the sampler's model is used
ASKED = 16  # repeated proposals before an untried choice is drawn at random
Evaluate = Callable[[Sequence[Choice]], Sequence[float | None]]


def search(space: Space, evaluate: Evaluate, *, trials: int, seed: int, batch: int) -> None:
    """Evaluates up to `trials` different choices in batches, the defaults first.

    The sampler is the tree-structured Parzen estimator (Bergstra et al. 2011), which learns from
    all earlier batches. Its proposals depend on the seed, the batch size and the earlier batches,
    and not on the order in which the trials of a batch end nor on how many follow: a longer search
    begins with the trials of a shorter one.

    evaluate: a batch of choices -> the value to minimize for each, None for a failed one.
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
    optuna = import_or_raise("optuna")
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=RANDOM)
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        return optuna.create_study(direction="minimize", sampler=sampler)
    finally:
        optuna.logging.set_verbosity(level)


def _ask(
    study: Any, space: Space, untried: dict[str, Choice], generator: np.random.Generator
) -> tuple[Any, Choice]:
    """A trial of the study with a choice that was not proposed before; it is removed from
    `untried`.
    """
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
    """The sampler's choice; it is not asked for fields that have no effect with the others."""
    choice: dict[str, Any] = {}
    for name in sorted(space.values, key=lambda name: name in RELEVANT_WITH):
        values = space.values[name]
        asked = len(values) > 1 and is_relevant(name, choice)
        choice[name] = trial.suggest_categorical(name, values) if asked else values[0]
    return canonical({name: choice[name] for name in space.values})


def _failed() -> Any:
    return import_or_raise("optuna").trial.TrialState.FAIL
