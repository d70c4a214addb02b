"""What `generate` is asked for, made ready and checked: models, board, engine, labels, vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgeq.boards import Board, find_board
from edgeq.cleanup import cleaned
from edgeq.codegen.engine import NamedModel
from edgeq.codegen.engines import ENGINES
from edgeq.codegen.names import c_identifier
from edgeq.codegen.native import NativeOptions
from edgeq.codegen.selftest import MAX_VECTORS, Vectors
from edgeq.errors import EdgeqError
from edgeq.features import KINDS, FrontEnd, front_end
from edgeq.frameworks import FRAMEWORKS, Layout, load_layout
from edgeq.graph import Model, ModelSource, stem_of
from edgeq.opkit.libraries import Library
from edgeq.opkit.node import Values
from edgeq.simulate.inputs import Inputs, as_inputs

MAX_LABEL = 40  # characters of a label that the firmware prints
MAX_MODELS = 16  # of one firmware


@dataclass(frozen=True)
class FirmwareModel:
    """A model of a firmware. name: prefix of its names in C; its file's by default. labels, inputs:
    as for `generate`.
    """

    model: ModelSource
    name: str | None = None
    labels: Sequence[str] = ()
    inputs: Inputs | None = None


def given_models(
    model: ModelSource | list[FirmwareModel] | tuple[FirmwareModel, ...],
    name: str | None,
    labels: Sequence[str],
    inputs: Inputs | None,
) -> list[FirmwareModel]:
    """The models of a firmware. model: one, with its name, labels and inputs beside it, or all, of which
    each has its own; a single one is called `name` if that is given.

    Raises EdgeqError for labels or inputs beside several models.
    """
    if not isinstance(model, (list, tuple)):
        return [FirmwareModel(model, name, labels, inputs)]
    if labels or inputs is not None:
        why = "each FirmwareModel has its own"
        raise EdgeqError("labels or inputs beside a list of models", why, "give them there")
    if len(model) == 1 and name is not None:
        return [replace(model[0], name=name)]
    return list(model)


@dataclass(frozen=True)
class ReadyModel:
    """A model as an engine takes it. inputs: of its self-test, None for random ones."""

    named: NamedModel
    inputs: list[Values] | None


def ready_model(given: FirmwareModel, selftest: int) -> ReadyModel:
    """A model cleaned up, with its labels and inputs. Raises EdgeqError where they do not fit it."""
    model = cleaned(given.model)
    labels = output_labels(tuple(given.labels) or model.labels, model)
    check_options(model, labels, selftest)
    name = given.name or c_identifier(stem_of(given.model))
    short = tuple(label[:MAX_LABEL] for label in labels)
    inputs = None if given.inputs is None else as_inputs(model.main, given.inputs)
    return ReadyModel(NamedModel(model, name, short), inputs)


def check_together(
    models: Sequence[FirmwareModel],
    engine: str,
    options: NativeOptions,
    apart: bool,
    sensor: str | None,
) -> None:
    """Raises EdgeqError where models cannot be in one firmware, or not with one arena. engine: a name
    of ENGINES. sensor: what the program reads, None without one.
    """
    if not 1 <= len(models) <= MAX_MODELS:
        why = f"a firmware has 1 to {MAX_MODELS}"
        raise EdgeqError(f"{len(models)} models", why, "give another number")
    if sensor is not None and len(models) > 1:
        why = "a program reads a sensor for one model"
        raise EdgeqError(f"--sensor {sensor} with {len(models)} models", why, "leave --sensor out")
    if len(models) == 1 or apart:
        return
    if not ENGINES[engine].shares_arena:
        why = "it keeps buffers in the arena between inferences, so that models cannot share one"
        raise EdgeqError(f"engine {engine} with several models", why, "give --apart")
    if options.feed_rows:
        why = "rows lie in the arena while more of them come, when other models may run"
        raise EdgeqError("--feed-rows with several models", why, "give --apart")


def check_passes(options: NativeOptions, sensor: str | None, wire: bool) -> None:
    """Raises EdgeqError where the input may come several times, and its source gives it once."""
    for given, source in ((sensor is not None, f"--sensor {sensor}"), (wire, "--wire")):
        if given and options.max_extra_macs:
            why = "rows come several times then, and this program has each only once"
            raise EdgeqError(f"--max-extra-macs with {source}", why, "leave one of them out")


def vectors_of_each(vectors: Sequence[Vectors]) -> int:
    """How many self-test vectors each model has, 0 without any. Raises EdgeqError for unequal ones."""
    counts = {one.count for one in vectors}
    if len(counts) > 1:
        why = f"the models' data have {' and '.join(map(str, sorted(counts)))} samples for it"
        raise EdgeqError("the self-test", why, f"give --selftest {min(counts)}, or more data")
    return max(counts, default=0)


def project_name(name: str | None, output: Path) -> str:
    """The name of a project of several models: what is given, or that of its folder."""
    return name or c_identifier(output.resolve().name)


def project_board(name: str | None, layout: Layout, engine: str) -> Board | None:
    """The board, which must know the framework, and run TFLM if the engine links it; then with the
    framework's TFLM kernels if it has its own. None without a name, where the framework needs none.

    Raises EdgeqError for an unknown engine or board, and for a combination that does not work.
    """
    if engine not in ENGINES:
        raise EdgeqError(
            f"engine {engine!r}", "it is not known", f"choose one of {', '.join(ENGINES)}"
        )
    linked = ENGINES[engine].tflm_library
    kernels = layout.tflm_kernels if linked else None
    if name is None:
        if layout.board_required:
            raise EdgeqError(
                f"framework {layout.name}",
                "its build files name a board",
                "give --board; `edgeq boards` lists them",
            )
        if kernels is not None:
            raise EdgeqError(
                f"engine {engine} with {layout.name}",
                f"how much memory {kernels} takes depends on the core",
                "give --board; `edgeq boards`",
            )
        return None
    board = find_board(name)
    board.framework(layout.name)
    if linked and board.tflm_kernels is None:
        raise EdgeqError(
            f"engine {engine} on {board.name}",
            "TFLM does not run on this board",
            "use --engine native",
        )
    return board if kernels is None else replace(board, tflm_kernels=kernels)


def check_library(layout: Layout, library: Library | None) -> None:
    """Raises EdgeqError where a framework's projects have no way to bring a vendor's library along."""
    if library is None or library.name in layout.libraries:
        return
    takers = [name for name in FRAMEWORKS if library.name in load_layout(name).libraries]
    why = f"its projects do not bring {library.title} along"
    remedy = f"choose {' or '.join(takers)}, or leave --kernels out"
    raise EdgeqError(f"--kernels {library.name} with {layout.name}", why, remedy)


def audio_front_ends(models: Sequence[Model], features: str | None) -> list[FrontEnd | None]:
    """The front end that the firmware gets for each model. features: a kind of front end, `none`, or
    None for what the models' metadata say, which is none in most; a kind has its default parameters
    where the metadata have none.

    Raises EdgeqError for other words, for metadata that are no front end, and for those of another
    kind.
    """
    if features not in (None, "none", *KINDS):
        remedy = f"choose {', '.join(KINDS)} or none"
        raise EdgeqError(f"--features {features}", "it is not known", remedy)
    return [_front_end(model, features) for model in models]


def _front_end(model: Model, features: str | None) -> FrontEnd | None:
    if features == "none" or (features is None and not model.front_end):
        return None
    if not model.front_end:
        assert features is not None
        return FrontEnd(KINDS[features].parameters())
    found = front_end(model.front_end, "the model")
    if features not in (None, found.parameters.kind):
        why = f"the model was made with those of {found.parameters.kind}"
        raise EdgeqError(f"--features {features}", why, "leave it out")
    return found


def output_labels(labels: Sequence[str], model: Model) -> Sequence[str]:
    """The label of each output: a single one that tells two classes apart is the chance of the
    second.
    """
    single = model.main.tensors[model.main.outputs[0]].size == 1
    return labels[1:] if single and len(labels) == 2 else labels


def check_options(model: Model, labels: Sequence[str], selftest: int) -> None:
    """Raises EdgeqError for more or fewer labels than the first output has elements, and for a number
    of self-test vectors that cannot be put in.
    """
    if not 0 <= selftest <= MAX_VECTORS:
        raise EdgeqError(
            f"{selftest} self-test vectors",
            f"0 to {MAX_VECTORS} are possible",
            "give another number",
        )
    classes = model.main.tensors[model.main.outputs[0]].size
    if labels and len(labels) != classes:
        raise EdgeqError(
            f"{len(labels)} labels",
            f"the model's first output has {classes} elements",
            "give one label for each, in their order",
        )
