"""The worlds that children are made up in: what families are like, and how the States' offices write."""

import random
from dataclasses import dataclass, fields, replace

Shares = dict[str, float]


@dataclass(frozen=True)
class World:
    """Every knob. Shares of a dict need not add up to one."""

    groups: Shares
    """Group of names → share of families."""
    surname_flatness: float = 1.0
    """Weights of names to this power: below 1 the usual names are less usual."""
    given_flatness: float = 1.0
    second_given: float = 0.45
    second_surname: float = 0.92
    """Hispanic children whose family gave them two."""
    one_parent: float = 0.08
    twins: float = 0.025
    twins_share_given: float = 0.03
    """Twins with the same first given name: María José and María Elena."""
    twins_alliterate: float = 0.25
    twin_flag_right: float = 0.75
    namesakes: float = 0.012
    """Children made to be like another child: same names, a birth date the same or near."""
    suffix: float = 0.012
    born_abroad: float = 0.5
    few_towns: float = 0.3
    """Share of births in the few most usual towns of a country."""
    stays: Shares = None  # type: ignore[assignment]
    """How many State records a child has → share."""
    same_state_again: float = 0.03
    """Share of further records that a State made of a child that it knew."""

    states: int = 40
    skew: float = 0.9
    concentration: float = 6.0
    """How like each other the offices are: 2 quite unlike, 50 nearly the same."""
    surname_styles: Shares = None  # type: ignore[assignment]
    given_styles: Shares = None  # type: ignore[assignment]
    mood: float = 0.35
    """Share of records that do not follow their office's main style."""
    accents: Shares = None  # type: ignore[assignment]
    short_fields: float = 0.25
    """Offices whose system cuts names at 12 to 15 characters."""
    capitals: float = 0.45

    no_city: float = 0.26
    no_birth_state: float = 0.2
    no_mother: float = 0.15
    no_father: float = 0.35
    no_flag: float = 0.17
    no_middle: float = 0.35
    """Records that leave a second given name out."""
    no_sex: float = 0.005
    no_given: float = 0.0
    given_replaced: float = 0.0
    date_replaced: float = 0.0
    parents_second_surname: float = 0.18
    mother_takes_fathers: float = 0.12

    typos: float = 0.10
    parent_typos: float = 0.06
    typo_kinds: Shares = None  # type: ignore[assignment]
    nickname: float = 0.017
    parent_nickname: float = 0.02
    variant: float = 0.015
    date_digit: float = 0.009
    date_day_off: float = 0.004
    date_month_off: float = 0.004
    date_year_off: float = 0.006
    date_swapped: float = 0.005
    date_transposed: float = 0.001
    date_january: float = 0.0035
    date_missing: float = 0.0016
    sex_wrong: float = 0.0035
    place_wrong: float = 0.02
    place_variant: float = 0.04
    other_guardian: float = 0.016
    parents_swapped: float = 0.008
    first_last_swapped: float = 0.005
    given_swapped: float = 0.0015
    surname_changed: float = 0.005


SURNAMES = {
    "two fields": 0.50,
    "paternal only": 0.18,
    "both in the first": 0.10,
    "hyphen": 0.07,
    "maternal, paternal as middle": 0.032,
    "maternal only": 0.018,
    "other order": 0.020,
    "joined": 0.012,
}
GIVEN = {"two fields": 0.72, "both in the first": 0.16, "second only": 0.006, "initial": 0.04}
ACCENTS = {"lost": 0.75, "kept": 0.22, "broken": 0.03}
STAYS = {"1": 0.46, "2": 0.29, "3": 0.145, "4": 0.07, "5": 0.035}
TYPOS = {"swap": 3, "drop": 3, "double": 2, "neighbour": 3, "insert": 1, "sound": 2, "look": 1}
PLAIN = World(
    groups={"hisp": 0.87, "maya": 0.055, "other": 0.075},
    stays=STAYS,
    surname_styles=SURNAMES,
    given_styles=GIVEN,
    accents=ACCENTS,
    typo_kinds=TYPOS,
)

WORLDS = {
    "harvest": PLAIN,
    "paper": replace(
        PLAIN,
        typos=0.2,
        parent_typos=0.16,
        variant=0.04,
        nickname=0.03,
        date_digit=0.016,
        date_day_off=0.008,
        date_swapped=0.01,
        place_variant=0.12,
        typo_kinds={"swap": 2, "drop": 3, "double": 1, "neighbour": 1, "insert": 2, "sound": 5, "look": 5},
        mood=0.6,
        sex_wrong=0.007,
    ),
    "registry": replace(
        PLAIN,
        no_mother=0.4,
        no_father=0.6,
        no_city=0.5,
        no_middle=0.15,
        typos=0.05,
        short_fields=0.6,
        capitals=0.9,
        parents_second_surname=0.5,
        concentration=2.0,
        mood=0.15,
        states=15,
        namesakes=0.03,
    ),
    "border": replace(
        PLAIN,
        groups={"hisp": 0.97, "other": 0.03},
        surname_flatness=1.3,
        given_flatness=1.25,
        nickname=0.05,
        parent_nickname=0.06,
        surname_styles={**SURNAMES, "maternal only": 0.06, "maternal, paternal as middle": 0.07, "other order": 0.06},
        surname_changed=0.012,
        twins=0.03,
        twins_share_given=0.12,
        few_towns=0.75,
        states=12,
    ),
    "many peoples": replace(
        PLAIN,
        groups={"hisp": 0.45, "maya": 0.2, "haiti": 0.12, "asian": 0.1, "other": 0.13},
        accents={"lost": 0.4, "kept": 0.3, "broken": 0.3},
        first_last_swapped=0.015,
        given_swapped=0.006,
        date_january=0.02,
        other_guardian=0.04,
        second_surname=0.8,
    ),
    "suburbs": replace(
        PLAIN,
        groups={"other": 0.9, "hisp": 0.1},
        no_mother=0.9,
        no_father=0.9,
        no_sex=0.5,
        no_given=0.03,
        given_replaced=0.03,
        date_replaced=0.05,
        no_flag=0.95,
        typos=0.3,
        no_city=0.06,
        no_middle=0.95,
        place_variant=0.1,
        first_last_swapped=0.03,
        date_digit=0.06,
        stays={"1": 0.5, "2": 0.5},
        same_state_again=0.0,
        states=4,
        given_flatness=0.7,
        surname_flatness=0.7,
    ),
}

_SPREAD = {
    "concentration": (2.0, 30.0),
    "surname_flatness": (0.75, 1.35),
    "given_flatness": (0.75, 1.35),
    "skew": (0.2, 1.3),
}


def drawn(seed: int) -> World:
    """A world of its own: each knob drawn from a wide range about its usual value."""
    rng = random.Random(seed)
    drawn_values: dict[str, object] = {"states": rng.randint(3, 48)}
    noise = rng.choice((0.6, 1.0, 1.0, 1.4, 2.0))
    for field in fields(PLAIN):
        usual = getattr(PLAIN, field.name)
        if field.name in _SPREAD:
            drawn_values[field.name] = rng.uniform(*_SPREAD[field.name])
        elif isinstance(usual, dict):
            drawn_values[field.name] = {key: share * rng.lognormvariate(0, 0.6) for key, share in usual.items()}
        elif isinstance(usual, float):
            level = noise if usual < 0.05 else 1.0
            drawn_values[field.name] = min(0.95, usual * level * rng.lognormvariate(0, 0.5))
    if rng.random() < 0.4:
        peoples = ("hisp", "maya", "haiti", "asian", "other")
        drawn_values["groups"] = {
            group: rng.lognormvariate(0, 1.0) * (4 if group == "hisp" else 1) for group in peoples
        }
    if rng.random() < 0.15:
        drawn_values |= {"no_mother": 0.95, "no_father": 0.95, "no_flag": 0.95, "no_given": 0.03, "no_sex": 0.5}
    return replace(PLAIN, **drawn_values)  # type: ignore[arg-type]


def bare(seed: int) -> World:
    """A drawn world whose records tell little: no parents, no flags, and whole values that are wrong."""
    rng = random.Random(seed)
    return replace(
        drawn(seed),
        groups={"other": rng.uniform(0.3, 1.0), "hisp": rng.uniform(0.0, 0.7)},
        surname_flatness=rng.uniform(0.4, 0.9),
        given_flatness=rng.uniform(0.5, 0.9),
        no_mother=0.98,
        no_father=0.98,
        no_flag=0.98,
        no_sex=0.98,
        no_middle=0.98,
        no_city=0.02,
        no_birth_state=0.02,
        few_towns=0.1,
        no_given=rng.uniform(0.01, 0.04),
        given_replaced=rng.uniform(0.01, 0.05),
        date_replaced=rng.uniform(0.03, 0.08),
        date_missing=0.02,
        typos=rng.uniform(0.15, 0.35),
        twins=0.004,
        namesakes=0.002,
    )
