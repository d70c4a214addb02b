"""Two measurements as Markdown. Names and messages come from files of a pull request: they are text,
never markup, links or mentions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from edgeq.errors import shown
from pull_request.measure import Measured

MARK = "<!-- edgeq report of {} -->"
LONGEST = 200  # characters of a text from a file
MOST_WARNINGS = 10


def text(value: object) -> str:
    """Text as code, in which GitHub looks for no mention; what could be markup is written as
    entities.

    >>> text("@a|b")
    '<code>&#64;a&#124;b</code>'
    """
    safe = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in shown(value, LONGEST))
    return f"<code>{safe}</code>"


def mark(model: str) -> str:
    """The first line of a model's comment, by which it is found again: its name in hexadecimal."""
    return MARK.format(model.encode().hex())


def markdown(model: str, old: Measured | None, new: Measured) -> str:
    """The comment: size, accuracy and verification of the new model beside the old one's.

    old: None where the base has no such model, or could not be measured.
    """
    lines = [mark(model), f"### edgeq: {text(model)}", ""]
    lines += _failures(new)
    before, after = _figures(old), _figures(new)
    if after:
        lines += ["| | before | after | change |", "|---|---:|---:|---:|"]
        lines += [_row(name, before.get(name), figure) for name, figure in after.items()]
        lines += [""]
    warnings = new.convert.get("warnings") or []
    lines += [f"- {text(warning)}" for warning in warnings[:MOST_WARNINGS]]
    return "\n".join(lines) + "\n"


def sound(new: Measured) -> bool:
    """Whether the new model was converted, and every target that ran computed the right bytes."""
    if new.verify is None or "error" in new.verify:
        return False
    statuses = [target["status"] for target in new.verify["targets"]]
    return "ok" in statuses and not {"different", "failed"} & set(statuses)


def _failures(new: Measured) -> Iterator[str]:
    for found in (new.convert, new.verify or {}):
        if "error" in found:
            error = found["error"]
            yield f"**failed**: {text(error['what'])} {text(error['why'])} {text(error['remedy'])}"
            yield ""
    for target in (new.verify or {}).get("targets", ()):
        if target["status"] == "ok":
            compared = target["bytes_compared"]
            yield f"{text(target['name'])}: all {compared:,} bytes are those of the simulator"
        else:
            reason = target["reason"] or f"{target['bytes_different']:,} bytes differ"
            yield f"**{text(target['name'])}: {text(target['status'])}** {text(reason)}"
        yield ""


def _figures(measured: Measured | None) -> dict[str, float]:
    """Names of figures, in their order -> what is known of them."""
    if measured is None or "error" in measured.convert:
        return {}
    convert = measured.convert
    accuracy: Mapping[str, Any] = convert.get("accuracy") or {}
    found = {
        "accuracy, float": accuracy.get("float"),
        "accuracy, integers": accuracy.get("int8"),
        "bytes of the .tflite": convert.get("bytes"),
    }
    for target in (measured.verify or {}).get("targets", ()):
        found.setdefault("bytes of constants in flash", target["model_bytes"])
        found.setdefault("bytes of the arena in RAM", target["arena_bytes"])
        if target["name"] != "host":  # whose code has sanitizers in it
            name = text(target["name"])
            found[f"bytes of code on {name}"] = target["code_bytes"]
            found[f"instructions on {name}"] = target["instructions_per_inference"]
            found[f"bytes of stack on {name}"] = target["stack_bytes"]
    return {name: figure for name, figure in found.items() if figure is not None}


def _row(name: str, before: float | None, after: float) -> str:
    change = "" if before is None else _change(before, after)
    return f"| {name} | {'' if before is None else _number(before)} | {_number(after)} | {change} |"


def _number(value: float) -> str:
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"


def _change(before: float, after: float) -> str:
    if before == after:
        return "="
    if isinstance(after, float):
        return f"{after - before:+.4f}"
    share = f" ({(after - before) / before:+.1%})" if before else ""
    return f"{after - before:+,}{share}"
