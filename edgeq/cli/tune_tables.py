"""What `edgeq tune` prints: the best trials beside the defaults, their options, and how sure that
is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edgeq.cli.show import number, print_table, print_text
from edgeq.tune.search_space import DEFAULTS

if TYPE_CHECKING:
    from edgeq.tune.result import Trial, TuneResult


SHOWN = 10  # trials in the table, the best first


def show(title: str, result: TuneResult) -> None:
    """The best trials beside the defaults and TensorFlow's quantizer, the best one's options, and
    how sure that is.
    """
    first, schemes = _first(result), result.best_of_schemes()
    rows = (
        [["float model", number(result.float_score), "", "", "", ""]]
        if result.float_score is not None
        else []
    )
    rows += _baseline(result)
    rows += [
        [first, *_figures(result.default)],
        [f"best: trial {result.best.number}", *_figures(result.best)],
    ]
    if len(schemes) > 1:
        rows += [
            [f"best {scheme}: trial {t.number}", *_figures(t)] for scheme, t in schemes.items()
        ]
    print_table(title, ["", result.metric, "agreement", "error", "bytes", "seconds"], rows)
    options = [
        [name, str(result.default.choice[name]), str(result.best.choice[name])]
        for name in result.searched
    ]
    print_table("options", ["", first, "best"], options)
    _show_trials(result)
    _say_how_sure(result)


def _first(result: TuneResult) -> str:
    """What the first trial is: the defaults, unless what may be chosen excludes them."""
    choice = result.default.choice
    same = all(value == DEFAULTS[name] for name, value in choice.items() if name != "scheme")
    return "defaults" if same else "first trial"


def _baseline(result: TuneResult) -> list[list[str]]:
    b = result.baseline
    if b is None:
        return []
    if b["status"] != "ok":
        return [["TensorFlow's quantizer", b["status"], "", "", "", ""]]
    return [
        [
            "TensorFlow's quantizer",
            number(b["score"]),
            number(b["agreement"]),
            number(b["mean_abs_error"], 6),
            number(b["bytes"]),
            "",
        ]
    ]


def _figures(trial: Trial) -> list[str]:
    o = trial.outcome
    if o.score is None:
        return [o.status, "", "", "", number(o.seconds, 1)]
    return [
        number(o.score.value),
        number(o.score.agreement),
        number(o.score.mean_abs_error, 6),
        number(o.size),
        number(o.seconds, 1),
    ]


def _show_trials(result: TuneResult) -> None:
    """The trials of the lowest error, and why others gave no model."""
    first = result.default.choice
    scored = [
        (t.outcome.score.mean_abs_error, t) for t in result.trials if t.outcome.score is not None
    ]
    ended = [trial for _, trial in sorted(scored, key=lambda pair: pair[0])]
    rows = [[str(t.number), *_figures(t)[:4], _changes(t, first)] for t in ended[:SHOWN]]
    print_table(
        "trials of the lowest error",
        ["trial", result.metric, "agreement", "error", "bytes", f"instead of the {_first(result)}"],
        rows,
    )
    for trial in result.trials:
        if trial.outcome.score is None:
            print_text(
                f"trial {trial.number} {trial.outcome.status} ({_changes(trial, first)}): {trial.outcome.reason}"
            )


def _changes(trial: Trial, first: Mapping[str, object]) -> str:
    return (
        " ".join(f"{name}={value}" for name, value in trial.choice.items() if first[name] != value)
        or "-"
    )


def _say_how_sure(result: TuneResult) -> None:
    """How many trials on what, and whether the gain over the defaults is more than noise."""
    known = f"; {result.known} of them known from {result.state}" if result.known else ""
    print_text(
        f"{len(result.trials)} trials, calibrated on {result.calibration_samples:,} samples, judged on "
        f"{result.evaluation_samples:,}{known}"
    )
    if result.state:
        print_text(
            f"finished trials are kept in {result.state}: the same command goes on from there, with more --trials too"
        )
    print_text(
        f"within two standard errors of the best {result.metric} trials count as equal, and the lowest error decides"
    )
    gain = result.versus_default
    if gain is not None:
        score, error = (
            f"{gain[name]:+.6f} ± {gain[name + '_standard_error']:.6f}"
            for name in ("score", "mean_abs_error")
        )
        sure = "more than noise" if gain["better"] else "no more than noise"
        print_text(
            f"best beside the {_first(result)}: {result.metric} {score}, error {error}: {sure}"
        )
