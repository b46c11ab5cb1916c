"""Rules on what runs at the same time: parallel parts, and paths beside an item."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from workflows.soundness.definition import HUMAN, TIMERS, Definition, Sort, Step
from workflows.soundness.findings import Finding, listed


@dataclass(frozen=True)
class Block:
    """A parallel part: what lies between a Split and the Joins that its branches lead to."""

    split: str
    members: frozenset[str]
    joins: tuple[str, ...]
    ends: tuple[str, ...]


def blocks_of(definition: Definition) -> list[Block]:
    """The parallel parts of a definition; an inner one's steps are members of the outer one too."""
    return [_block(definition, split) for split in definition.of_sort(Sort.SPLIT)]


def splits_have_branches(definition: Definition) -> Iterator[Finding]:
    """A Split opens two branches or more, always."""
    for split in definition.of_sort(Sort.SPLIT):
        if len(split.ways) < 2:
            yield Finding("E030", f"{split.name} has fewer than two branches.")
        if any(way.is_conditional for way in split.ways):
            yield Finding("E030", f"{split.name} opens a branch on a condition; put an If into the branch.")


def branches_meet(definition: Definition) -> Iterator[Finding]:
    """Every branch leads to the one Join of its Split: no End within, no way past it."""
    for block in blocks_of(definition):
        for end in block.ends:
            path = _path(definition, block.split, end, within=block.members)
            yield Finding("E031", f"a branch of {block.split} ends before its Join.", path)
        if len(block.joins) > 1:
            what = f"the branches of {block.split} meet in different Joins: {listed(block.joins)}."
            yield Finding("E032", what, _path(definition, block.split, block.joins[-1]))
        if not block.joins:
            yield Finding("E031", f"no branch of {block.split} leads to a Join.", (block.split,))
    yield from _joins_of_no_split(definition)


def nothing_jumps_in_or_out(definition: Definition) -> Iterator[Finding]:
    """A parallel part is entered by its Split and left by its Join alone, and a step belongs to one branch."""
    for block in blocks_of(definition):
        if block.ends:
            continue  # it has no outside: the rule above has said so
        inside = block.members | {block.split}
        for name in sorted(block.members | set(block.joins)):
            for before in definition.leading_to(name):
                if before.name not in inside:
                    what = f"{before.name} leads into or out of the parallel part between {block.split} and its Join."
                    yield Finding("E033", what, (before.name, name))
        if block.split in block.members:
            what = f"a branch of {block.split} leads back to it before its Join."
            yield Finding("E033", what, _path(definition, block.split, block.split))


def branches_share_nothing(definition: Definition) -> Iterator[Finding]:
    """A step belongs to one branch of a Split."""
    for split in definition.of_sort(Sort.SPLIT):
        owner: dict[str, str] = {}
        for way in split.ways:
            for name in sorted(_inside(definition, way.to, split)[0]):
                if owner.setdefault(name, way.to) != way.to:
                    what = f"{name} lies in two branches of {split.name}."
                    yield Finding("E034", what, (split.name, way.to, name))


def paths_aside_end(definition: Definition) -> Iterator[Finding]:
    """A path that runs beside an item ends by itself, and meets the case's own path nowhere but in an End."""
    for timer in _asides(definition):
        inside = _beside(definition, timer)
        for name in sorted(inside - {timer.name}):
            strangers = [step.name for step in definition.leading_to(name) if step.name not in inside]
            if strangers and definition.steps[name].sort is not Sort.END:
                what = f"the path of {timer.name} runs beside {timer.host or 'the stage'}, and meets another at {name}."
                yield Finding("E035", what, _path(definition, timer.name, name))
        if not any(definition.steps[name].sort is Sort.END for name in inside):
            yield Finding("E035", f"the path of {timer.name} never ends.", (timer.name,))


def paths_aside_are_single(definition: Definition) -> Iterator[Finding]:
    """A path beside an item does not split: its rounds would join one another's branches."""
    for timer in _asides(definition):
        for name in sorted(_beside(definition, timer)):
            if definition.steps[name].sort in (Sort.SPLIT, Sort.JOIN):
                what = f"the path of {timer.name} runs beside {timer.host or 'the stage'}, and splits at {name}."
                yield Finding("E036", what, _path(definition, timer.name, name))


def nobody_works_beside_a_branch(definition: Definition) -> Iterator[Finding]:
    """A path beside an item of a parallel part asks nobody for work: it would outlive the part."""
    for block in blocks_of(definition):
        for timer in _asides(definition):
            if timer.host not in block.members:
                continue
            for name in sorted(_beside(definition, timer)):
                if definition.steps[name].sort in HUMAN:
                    what = f"the path of {timer.name} opens {name} beside a branch of {block.split}."
                    yield Finding("E037", what, _path(definition, timer.name, name))


def timers_have_hosts(definition: Definition) -> Iterator[Finding]:
    """A boundary timer hangs on work or an approval of this flow."""
    for timer in definition.of_sort(*TIMERS):
        host = definition.steps.get(timer.host)
        if host is None or host.sort not in HUMAN:
            yield Finding("E038", f"{timer.name} hangs on {timer.host or 'nothing'}, which nobody does.")


def _block(definition: Definition, split: Step) -> Block:
    members: set[str] = set()
    joins: dict[str, None] = {}
    ends: dict[str, None] = {}
    for way in split.ways:
        inside, meeting, ending = _inside(definition, way.to, split)
        members |= inside
        joins |= dict.fromkeys(meeting)
        ends |= dict.fromkeys(ending)
    return Block(split.name, frozenset(members), tuple(joins), tuple(ends))


def _inside(definition: Definition, first: str, split: Step) -> tuple[set[str], list[str], list[str]]:
    """What a branch holds with its inner parallel parts, the Joins that it comes to, and the ends that it runs into."""
    found: set[tuple[str, int]] = set()
    joins, ends = [], []
    ahead = deque([(first, 0)])
    while ahead:
        name, depth = ahead.popleft()
        step = definition.steps.get(name)
        if step is None or (name, depth) in found or depth > len(definition.steps):
            continue
        if step.sort is Sort.JOIN and depth == 0:
            joins.append(name)
            continue
        found.add((name, depth))
        if name == split.name:
            continue
        if not step.targets:
            ends.append(name)
        depth += (step.sort is Sort.SPLIT) - (step.sort is Sort.JOIN)
        armed = [timer.name for timer in definition.timers_of(name) if timer.interrupts]
        ahead.extend((after, depth) for after in (*step.targets, *armed))
    return {name for name, _depth in found}, joins, ends


def _joins_of_no_split(definition: Definition) -> Iterator[Finding]:
    known = {join for block in blocks_of(definition) for join in block.joins}
    for join in definition.of_sort(Sort.JOIN):
        if join.name not in known:
            yield Finding("E031", f"{join.name} joins the branches of no Split.")


def _asides(definition: Definition) -> Iterable[Step]:
    """The steps that open a path beside the case's own: timers that do not interrupt, and moves asked for within a stage."""
    asked = [step for step in definition.of_sort(Sort.WHENEVER) if definition.stays(step)]
    return [timer for timer in definition.of_sort(*TIMERS) if not timer.interrupts] + asked


def _beside(definition: Definition, timer: Step) -> set[str]:
    """The steps of the path that a timer opens beside its host."""
    found, ahead = {timer.name}, [timer.name]
    while ahead:
        name = ahead.pop()
        step = definition.steps[name]
        armed = [each.name for each in definition.timers_of(name) if each.interrupts]
        new = ({*step.targets, *armed} & definition.steps.keys()) - found
        found |= new
        ahead += new
    return found


def _path(definition: Definition, start: str, goal: str, within: Collection[str] = ()) -> tuple[str, ...]:
    """A shortest path of steps from one to another, through these steps only, if any are named."""
    ahead: deque[tuple[str, ...]] = deque([(start,)])
    seen: set[str] = set()
    while ahead:
        path = ahead.popleft()
        if len(path) > 1 and path[-1] == goal:
            return path
        here = definition.steps.get(path[-1])
        after = [*here.targets, *(timer.name for timer in definition.timers_of(here.name))] if here else []
        for name in after:
            if name not in seen and (not within or name in within):
                seen.add(name)
                ahead.append((*path, name))
    return (start, goal)
