"""Questions about who holds which labels."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from benchmarks.labels.world import SYLLABLES, Place, name_of

AT_ONCE: Final = 2000
Dice = random.Random
Ask = Callable[[Place, Dice], str]
"""Makes up a question about a community."""


def _some(place: Place, dice: Dice, count: int) -> str:
    ranks = dice.sample(range(len(place.label_ids)), count)
    return ",".join(name_of(rank) for rank in ranks)


def _part(dice: Dice) -> str:
    return "".join(dice.sample(SYLLABLES, 2))


CASES: Final[Mapping[str, Ask]] = {
    "one label": lambda p, d: f"labels={_some(p, d, 1)}",
    "two labels": lambda p, d: f"labels={_some(p, d, 2)}",
    "three labels": lambda p, d: f"labels={_some(p, d, 3)}",
    "any of five": lambda p, d: f"match=any&labels={_some(p, d, 5)}",
    "one and not another": lambda p, d: f"labels={_some(p, d, 1)}&not={_some(p, d, 1)}",
    "anything but one": lambda p, d: f"not={_some(p, d, 1)}",
    "a part of a name": lambda _, d: f"q={_part(d)}",
    "a label and a part of a name": lambda p, d: (
        f"labels={_some(p, d, 1)}&q={d.choice(SYLLABLES)}"
    ),
    "a word in the names of labels": lambda _, d: f"q=level{d.randint(0, 9)}",
}


def questions(places: Sequence[Place], asks: Sequence[Ask], dice: Dice) -> list[str]:
    """Make up questions of which hardly two are alike: the page's length differs too."""
    chosen = [dice.choice(places) for _ in range(AT_ONCE)]
    return [
        f"community={place.community_id}&kind=user&limit={dice.randint(40, 60)}"
        f"&{dice.choice(asks)(place, dice)}"
        for place in chosen
    ]
