"""Where the planner puts things: nothing still needed is overwritten, and small programs fit as well as can be."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.contract import KernelCall, Node, View
from edgeq.plan import Plan, Program, Step, plan_arena


@dataclass(frozen=True)
class Work:
    """One step: the tensors that it reads, its output's bytes, its claims and its scratch; or a view of the first.

    A view starts at byte `offset`, or at the start where its tensor is not that long, and goes to the end.
    """

    reads: tuple[int, ...]
    nbytes: int
    overlap: tuple[int | None, ...] = (None,)
    scratch: int = 0
    view: bool = False
    offset: int = 0


@dataclass(frozen=True)
class Job:
    """Sizes of the graph's inputs, the steps that each write one more tensor, and the tensors that are outputs."""

    inputs: tuple[int, ...]
    works: tuple[Work, ...]
    outputs: tuple[int, ...]
    dtypes: dict[int, str] = field(default_factory=dict)


def program(job: Job) -> Program:
    tensors = [Tensor(f"t{i}", (size,), job.dtypes.get(i, "int8")) for i, size in enumerate(job.inputs)]
    ops, steps = [], []
    for k, work in enumerate(job.works):
        offset = work.offset if work.offset < tensors[work.reads[0]].size else 0
        size = tensors[work.reads[0]].size - offset if work.view else work.nbytes
        tensors.append(Tensor(f"t{len(tensors)}", (size,), job.dtypes.get(len(tensors), "int8")))
        ops.append(Op("WORK", work.reads, (len(tensors) - 1,)))
        node = Node(k, "WORK", None, tuple(tensors[t] for t in work.reads), (tensors[-1],))
        positions = tuple(range(len(work.reads)))
        call = View(0, (offset,)) if work.view else KernelCall("work", {}, positions, work.scratch, work.overlap)
        steps.append(Step(node, call, work.reads, ops[-1].outputs))
    return Program(Graph(tuple(tensors), tuple(ops), tuple(range(len(job.inputs))), job.outputs), tuple(steps))


def span(program: Program, plan: Plan, tensor: int) -> range:
    return range(plan.offsets[tensor], plan.offsets[tensor] + program.graph.tensors[tensor].nbytes)


def shared(one: range, other: range) -> bool:
    return len(range(max(one.start, other.start), min(one.stop, other.stop))) > 0


def check_by_running(program: Program, plan: Plan) -> None:
    """Plays the program on a memory whose bytes know whose they are; every read must find its own bytes."""
    memory: dict[int, int] = {}
    root = {t: t for t in range(len(program.graph.tensors))}

    def expect(tensor: int) -> None:
        assert all(memory[byte] == root[tensor] for byte in span(program, plan, tensor)), f"tensor {tensor} is lost"

    def fill(tensor: int) -> None:
        assert plan.offsets[tensor] % 4 == 0
        assert span(program, plan, tensor).stop <= plan.arena_bytes
        memory.update(dict.fromkeys(span(program, plan, tensor), root[tensor]))

    for t in program.graph.inputs:
        fill(t)
    for k, step in enumerate(program.steps):
        (y,) = step.writes
        for t in step.reads:
            expect(t)
        if isinstance(step.call, View):
            root[y] = root[step.reads[0]]
            assert plan.offsets[y] == plan.offsets[step.reads[0]] + step.call.offsets[0]
            continue
        for t, distance in zip(step.reads, step.call.overlap, strict=True):
            if shared(span(program, plan, t), span(program, plan, y)):
                assert distance is not None
                assert plan.offsets[y] <= plan.offsets[t] - distance
        fill(y)
        if step.call.scratch_bytes:
            scratch = range(plan.scratch[k], plan.scratch[k] + step.call.scratch_bytes)
            assert scratch.start % 8 == 0
            assert scratch.stop <= plan.arena_bytes
            assert not any(shared(scratch, span(program, plan, t)) for t in (*step.reads, y))
            memory.update(dict.fromkeys(scratch, -1))
    for t in program.graph.outputs:
        expect(t)


@st.composite
def jobs(draw: st.DrawFn, steps: int = 7, unit: int = 1, scratch: bool = True) -> Job:
    size = st.integers(0 if scratch else 1, 9).map(lambda n: n * unit)
    inputs = draw(st.lists(size, min_size=1, max_size=2))
    works: list[Work] = []
    for k in range(draw(st.integers(1, steps))):
        reads = draw(st.lists(st.integers(0, len(inputs) + k - 1), min_size=1, max_size=2))
        claim = st.none() | st.integers(-3, 4).map(lambda n: n * unit)
        overlap = draw(st.lists(claim, min_size=len(reads), max_size=len(reads)))
        view = draw(st.integers(0, 4)) == 0
        extra = draw(st.sampled_from([0, 0, 3, 16])) if scratch and not view else 0
        offset = draw(st.sampled_from([0, 4]))
        works.append(Work(tuple(reads[: 1 if view else 2]), draw(size), tuple(overlap), extra, view, offset))
    everything = st.integers(0, len(inputs) + len(works) - 1)
    outputs = draw(st.lists(everything, min_size=1, max_size=2))
    return Job(tuple(inputs), tuple(works), tuple(outputs))


@settings(max_examples=100, deadline=None)
@given(jobs())
def test_nothing_that_is_still_needed_is_overwritten(job: Job) -> None:
    work = program(job)
    plan = plan_arena(work)
    check_by_running(work, plan)
    assert plan.arena_bytes >= max(t.nbytes for t in work.graph.tensors)
    assert plan == plan_arena(work), "the same program, another plan"


def better(work: Program, plan: Plan) -> bool:
    """Whether any placement at multiples of 4 is legal and smaller than the plan: all of them are tried."""
    roots = sorted(set(plan.offsets) - {s.writes[0] for s in work.steps if isinstance(s.call, View)})
    step_of = {s.writes[0]: k for k, s in enumerate(work.steps)}
    sizes = {t: work.graph.tensors[t].nbytes for t in roots}
    views = {t: t for t in plan.offsets}
    for step in work.steps:
        if isinstance(step.call, View):
            views[step.writes[0]] = views[step.reads[0]]
    start = {t: plan.offsets[t] - plan.offsets[root] for t, root in views.items()}

    def claim(y: int, x: int) -> int | None:
        """The distance at which y may overlap x, where x dies in the step that writes y."""
        k = step_of.get(y)
        if k is None or plan.lifetimes[x][1] != k or not isinstance(call := work.steps[k].call, KernelCall):
            return None
        claims = [(d, start[t]) for t, d in zip(work.steps[k].reads, call.overlap, strict=True) if views[t] == x]
        if not claims or any(d is None for d, _ in claims):
            return None
        return max(d - at for d, at in claims if d is not None)

    def legal(a: int, at_a: int, b: int, at_b: int) -> bool:
        (first_a, last_a), (first_b, last_b) = plan.lifetimes[a], plan.lifetimes[b]
        if last_a < first_b or last_b < first_a or at_a + sizes[a] <= at_b or at_b + sizes[b] <= at_a:
            return True
        below, above = claim(a, b), claim(b, a)
        return (below is not None and at_a <= at_b - below) or (above is not None and at_b <= at_a - above)

    def search(placed: dict[int, int]) -> bool:
        if len(placed) == len(roots):
            return True
        t = roots[len(placed)]
        starts = range(0, plan.arena_bytes - 4 - sizes[t] + 1, 4)
        return any(
            search(placed | {t: at}) for at in starts if all(legal(t, at, other, placed[other]) for other in placed)
        )

    return search({})


@settings(max_examples=80, deadline=None)
@given(jobs(steps=4, unit=4, scratch=False))
def test_small_programs_are_placed_as_well_as_any_placement(job: Job) -> None:
    work = program(job)
    assert not better(work, plan_arena(work))


def test_a_chain_holds_two_neighbours() -> None:
    plan = plan_arena(program(Job((40,), (Work((0,), 100), Work((1,), 20), Work((2,), 60)), (3,))))
    assert plan.arena_bytes == plan.bound_bytes == 140


def test_a_branch_keeps_its_start() -> None:
    plan = plan_arena(program(Job((40,), (Work((0,), 40), Work((1,), 40), Work((0, 2), 40, (None, None))), (3,))))
    assert plan.arena_bytes == 120


def test_an_element_wise_kernel_runs_in_place() -> None:
    plan = plan_arena(program(Job((40,), (Work((0,), 40, (0,)), Work((1,), 40, (0,))), (2,))))
    assert plan.arena_bytes == 40


def test_an_input_that_is_needed_later_is_no_place_to_run() -> None:
    plan = plan_arena(program(Job((40,), (Work((0,), 40, (0,)), Work((0, 1), 40, (0, 0))), (2,))))
    assert plan.arena_bytes == 80


def test_a_growing_output_slides_under_its_input() -> None:
    """16 bytes become 40, and each is read in time if the output starts 24 below: together they end at 40."""
    plan = plan_arena(program(Job((16,), (Work((0,), 40, (24,)),), (1,))))
    assert (plan.arena_bytes, plan.offsets) == (40, {0: 24, 1: 0})


def test_a_slice_may_start_above_its_input() -> None:
    plan = plan_arena(program(Job((40,), (Work((0,), 8, (-32,)),), (1,))))
    assert plan.arena_bytes == 40


def test_a_tensor_that_is_both_inputs_obeys_both_claims() -> None:
    both = [plan_arena(program(Job((16,), (Work((0, 0), 16, claims),), (1,)))) for claims in ((0, None), (None, 0))]
    assert [plan.arena_bytes for plan in both] == [32, 32]
    farther = plan_arena(program(Job((16,), (Work((0, 0), 16, (8, 0)),), (1,))))
    assert farther.arena_bytes == 24


def test_two_views_of_one_tensor_obey_both_claims() -> None:
    works = (Work((0,), 0, view=True), Work((0, 1), 16, (0, None)))
    assert plan_arena(program(Job((16,), works, (2,)))).arena_bytes == 32


def test_a_view_behind_the_start_moves_the_claim_along() -> None:
    """An output that must start 8 below the second half of 16 bytes may start where the whole does."""
    plan = plan_arena(program(Job((16,), (Work((0,), 0, view=True, offset=8), Work((1,), 16, (8,))), (2,))))
    assert plan.arena_bytes == 16
    assert plan.offsets == {0: 0, 1: 8, 2: 0}


def test_an_output_that_nobody_reads_still_has_its_place() -> None:
    plan = plan_arena(program(Job((16,), (Work((0,), 16), Work((0,), 16)), (2,))))
    assert plan.lifetimes[1] == (0, 0)
    assert plan.arena_bytes == 32


def test_an_input_that_is_an_output_is_kept_to_the_end() -> None:
    plan = plan_arena(program(Job((16,), (Work((0,), 16, (0,)), Work((1,), 16)), (0, 2))))
    assert plan.lifetimes[0] == (-1, 2)
    assert plan.arena_bytes == 48


def test_scratch_is_counted_and_aligned() -> None:
    plan = plan_arena(program(Job((4,), (Work((0,), 4, scratch=10),), (1,))))
    assert plan.scratch[0] % 8 == 0
    assert plan.bound_bytes == 18
    assert plan.arena_bytes == 20


def test_wide_elements_are_aligned() -> None:
    plan = plan_arena(program(Job((4, 8), (Work((0, 1), 8, (None, None)),), (2,), {1: "int64", 2: "float64"})))
    assert plan.offsets[1] % 8 == plan.offsets[2] % 8 == 0


def test_a_constant_output_has_a_place_at_the_end() -> None:
    constant = Tensor("c", (12,), "int8", buffer=bytes(12))
    graph = Graph((Tensor("x", (16,), "int8"), constant), (), (0,), (1, 0))
    plan = plan_arena(Program(graph, ()))
    assert plan.arena_bytes == 28
    assert plan.lifetimes[1] == (0, 0)


def test_nothing_needs_nothing() -> None:
    assert plan_arena(Program(Graph((), (), (), ()), ())).arena_bytes == 0
