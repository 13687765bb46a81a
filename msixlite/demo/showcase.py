"""Seven children who are in every demo, whatever the seed, to show and to test the main jobs. All are made up.

Written as Last Name 1 / Last Name 2, First Name / Middle Name. All left Texas on the same day, in mid-term.

1. María: Texas García / López, María / Guadalupe, born 2012-03-14 in Reynosa; Vermont Garcia-Lopez, Maria / G.,
   born in McAllen. Grade 8 in Texas, English learner, IDEA, chronic medical alert, Algebra I left open with its hours.
2. José Ángel and 3. José Luis: twins. Texas Mendoza / Ríos, José / Ángel and José / Luis, born 2015-07-09;
   North Carolina Mendoza-Rios, Jose / Angel and Jose / Luis. They stay two.
4. and 5. Ana Lucía twice: namesakes. Texas Hernández / Cruz, Ana / Lucía, born 2013-05-22, also Ohio HERNANDEZ,
   ANA LUCIA; and with other parents, born 2014-11-03, also North Carolina Hernandez-Cruz, Ana / Lucia.
6. Luis Fernando: a near match that waits for a person. Texas Ortega / Salinas, Luis / Fernando, born 2011-08-15;
   Ohio ORTEGA, FERNANDO, born 2011-08-18, without father and birthplace.
7. Sofía: day and month swapped. Texas de la Cruz / Morales, Sofía, born 2016-04-07; Vermont De La Cruz-Morales, Sofia,
   born 2016-07-04.
"""

from datetime import date, timedelta

from msixlite.demo.families import Child, Family, Parent, Schooling, Stay, Town, kindergarten_year, school_year
from msixlite.demo.places import DemoState
from msixlite.demo.spelling import Row

_REYNOSA = Town("Reynosa", "Tamaulipas", "MEX")
_CELAYA = Town("Celaya", "Guanajuato", "MEX")
_MCALLEN = Town("McAllen", "TX")
_NOWHERE = Town("", "", "")
_MID_TERM = ((2, 20), (5, 8), (10, 10))
"""Days on which a school term is under way."""
_YEARS_IN_SCHOOL = 13
_NOBODY = Parent(("",), ("",))


def children(states: dict[str, DemoState], today: date) -> list[Child]:
    """The showcase children, numbered from 1."""
    left = _left_in_mid_term(today)
    stays = {code: _from_texas(states, code, left) for code in ("NC", "OH", "VT")}
    return [
        _maria(stays["VT"], left),
        *_twins(stays["NC"]),
        _first_namesake(stays["OH"]),
        _second_namesake(stays["NC"]),
        _near_match(stays["OH"]),
        _swapped_date(stays["VT"]),
    ]


def _left_in_mid_term(today: date) -> date:
    """The last day in mid-term that is three weeks ago or more."""
    days = [date(year, *day) for year in (today.year - 1, today.year) for day in _MID_TERM]
    return max(day for day in days if day + timedelta(weeks=3) <= today)


def _from_texas(states: dict[str, DemoState], code: str, left: date) -> tuple[Stay, Stay]:
    """From Reynosa to Texas in the school year before, and eight days after leaving there to another State."""
    texas, other = states["TX"].districts[0], states[code].districts[0]
    return (
        Stay(texas, date(school_year(left) - 1, 9, 5), left, _REYNOSA),
        Stay(other, left + timedelta(days=8), None, Town(texas.city, "TX")),
    )


def _schooling(birth_date: date) -> Schooling:
    kindergarten = kindergarten_year(birth_date)
    return Schooling(kindergarten, kindergarten + _YEARS_IN_SCHOOL)


def _written(
    name: tuple[str, str, str, str],
    birth_date: str,
    town: Town,
    father: Parent,
    mother: Parent,
    *,
    sex: str = "Female",
    multiple_birth: str = "N",
) -> Row:
    """A State's values. `name`: Last Name 1, Last Name 2, First Name, Middle Name."""
    last_1, last_2, first, middle = name
    return {
        "last_name_1": last_1,
        "last_name_2": last_2,
        "first_name": first,
        "middle_name": middle,
        "sex": sex,
        "birth_date": birth_date,
        "multiple_birth": multiple_birth,
        "birth_city": town.city,
        "birth_state": town.state,
        "birth_country": town.country,
        "birth_date_verification": "1004",
        "male_parent_first_name": father.given[0],
        "male_parent_last_name": father.surnames[0],
        "female_parent_first_name": mother.given[0],
        "female_parent_last_name": mother.surnames[0],
    }


def _maria(stays: tuple[Stay, ...], left: date) -> Child:
    father, mother = Parent(("Anselmo",), ("García", "Duarte")), Parent(("Eloísa",), ("López", "Nieto"))
    kindergarten = school_year(left) - 8
    return Child(
        number=1,
        family=Family("hispanic", father, mother, stays),
        given=("María", "Guadalupe"),
        surnames=("García", "López"),
        sex="Female",
        birth_date=date(2012, 3, 14),
        birthplace=_REYNOSA,
        schooling=Schooling(
            kindergarten,
            kindergarten + _YEARS_IN_SCHOOL,
            lep=True,
            idea=True,
            pfs=True,
            med_alert="Chronic",
            early_algebra=True,
        ),
        spelled={
            "TX": _written(("García", "López", "María", "Guadalupe"), "20120314", _REYNOSA, father, mother),
            "VT": _written(
                ("Garcia-Lopez", "", "Maria", "G."),
                "20120314",
                _MCALLEN,
                Parent(("Anselmo",), ("Garcia",)),
                Parent(("Eloisa",), ("Lopez",)),
            ),
        },
    )


def _twins(stays: tuple[Stay, ...]) -> list[Child]:
    father, mother = Parent(("Gonzalo",), ("Mendoza", "Prado")), Parent(("Irene",), ("Ríos", "Alcalá"))
    family, born = Family("hispanic", father, mother, stays), date(2015, 7, 9)
    plain_mother = Parent(("Irene",), ("Rios",))
    return [
        Child(
            number=number,
            family=family,
            given=("José", second),
            surnames=("Mendoza", "Ríos"),
            sex="Male",
            birth_date=born,
            birthplace=_CELAYA,
            schooling=_schooling(born),
            twin=True,
            spelled={
                "TX": _written(
                    ("Mendoza", "Ríos", "José", second),
                    "20150709",
                    _CELAYA,
                    father,
                    mother,
                    sex="Male",
                    multiple_birth="Y",
                ),
                "NC": _written(
                    ("Mendoza-Rios", "", "Jose", plain),
                    "20150709",
                    _CELAYA,
                    father,
                    plain_mother,
                    sex="Male",
                    multiple_birth="Y",
                ),
            },
        )
        for number, second, plain in ((2, "Ángel", "Angel"), (3, "Luis", "Luis"))
    ]


def _first_namesake(stays: tuple[Stay, ...]) -> Child:
    father, mother = Parent(("Elías",), ("Hernández", "Rangel")), Parent(("Marta",), ("Cruz", "Osorio"))
    plain_father, born = Parent(("Elias",), ("Hernandez",)), date(2013, 5, 22)
    return Child(
        number=4,
        family=Family("hispanic", father, mother, stays),
        given=("Ana", "Lucía"),
        surnames=("Hernández", "Cruz"),
        sex="Female",
        birth_date=born,
        birthplace=_REYNOSA,
        schooling=_schooling(born),
        spelled={
            "TX": _written(("Hernández", "Cruz", "Ana", "Lucía"), "20130522", _REYNOSA, father, mother),
            "OH": _written(("Hernandez", "", "Ana Lucia", ""), "20130522", _REYNOSA, plain_father, mother),
        },
    )


def _second_namesake(stays: tuple[Stay, ...]) -> Child:
    father, mother = Parent(("Bernardo",), ("Hernández", "Luján")), Parent(("Olivia",), ("Cruz", "Meléndez"))
    plain_father, born = Parent(("Bernardo",), ("Hernandez",)), date(2014, 11, 3)
    return Child(
        number=5,
        family=Family("hispanic", father, mother, stays),
        given=("Ana", "Lucía"),
        surnames=("Hernández", "Cruz"),
        sex="Female",
        birth_date=born,
        birthplace=_CELAYA,
        schooling=_schooling(born),
        namesake_of=4,
        spelled={
            "TX": _written(("Hernández", "Cruz", "Ana", "Lucía"), "20141103", _CELAYA, father, mother),
            "NC": _written(("Hernandez-Cruz", "", "Ana", "Lucia"), "20141103", _CELAYA, plain_father, mother),
        },
    )


def _near_match(stays: tuple[Stay, ...]) -> Child:
    father, mother = Parent(("Rogelio",), ("Ortega", "Pineda")), Parent(("Elvira",), ("Salinas", "Rocha"))
    born = date(2011, 8, 15)
    return Child(
        number=6,
        family=Family("hispanic", father, mother, stays),
        given=("Luis", "Fernando"),
        surnames=("Ortega", "Salinas"),
        sex="Male",
        birth_date=born,
        birthplace=_CELAYA,
        schooling=_schooling(born),
        spelled={
            "TX": _written(("Ortega", "Salinas", "Luis", "Fernando"), "20110815", _CELAYA, father, mother, sex="Male"),
            "OH": _written(("Ortega", "", "Fernando", ""), "20110818", _NOWHERE, _NOBODY, mother, sex="Male"),
        },
    )


def _swapped_date(stays: tuple[Stay, ...]) -> Child:
    father, mother = Parent(("Tomás",), ("de la Cruz", "Vela")), Parent(("Nidia",), ("Morales", "Sosa"))
    plain_father, born = Parent(("Tomas",), ("De La Cruz",)), date(2016, 4, 7)
    return Child(
        number=7,
        family=Family("hispanic", father, mother, stays),
        given=("Sofía",),
        surnames=("de la Cruz", "Morales"),
        sex="Female",
        birth_date=born,
        birthplace=_REYNOSA,
        schooling=_schooling(born),
        spelled={
            "TX": _written(("de la Cruz", "Morales", "Sofía", ""), "20160407", _REYNOSA, father, mother),
            "VT": _written(("De La Cruz-Morales", "", "Sofia", ""), "20160704", _REYNOSA, plain_father, mother),
        },
    )
