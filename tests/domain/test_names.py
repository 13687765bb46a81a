"""The one folding of names, by class of spelling."""

import pytest

from msixlite.domain import names

FOLDED = [
    ("Ñúñez-O’Hara", "nunez ohara"),
    ("GARCÍA  LÓPEZ", "garcia lopez"),
    ("GarcÃ\xada", "garcia"),
    ("Łukasz Đặng", "lukasz dang"),
    ("Nguyễn Thị", "nguyen thi"),
    ("D`Angelo St.Clair", "dangelo stclair"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "folded"), FOLDED)
def test_fold(text, folded):
    assert names.fold(text) == folded


TOKENS = [
    (("García", "de la Cruz"), ("garcia", "cruz")),
    (("Delacruz",), ("cruz",)),
    (("DeLeón",), ("leon",)),
    (("Dela Rosa",), ("rosa",)),
    (("Delgado", "Lara"), ("delgado", "lara")),
    (("Delia", "Denise"), ("delia", "denise")),
    (("De La O",), ("o",)),
    (("Del",), ("del",)),
    (("Ma. Gpe.", None), ("maria", "guadalupe")),
    (("Hdz", "Mtz"), ("hernandez", "martinez")),
    (("Garza Jr.",), ("garza",)),
    ((None, ""), ()),
]


@pytest.mark.parametrize(("parts", "tokens"), TOKENS)
def test_tokens(parts, tokens):
    assert names.tokens(*parts) == tokens


SOUND_ALIKE = [
    ("gonsales", "gonzalez"),
    ("hernandes", "ernandez"),
    ("jimenez", "ximenez"),
    ("jimenez", "gimenez"),
    ("vasquez", "basques"),
    ("oswaldo", "osvaldo"),
    ("guadalupe", "wadalupe"),
    ("quique", "kike"),
    ("yolanda", "llolanda"),
    ("cecilia", "sesilia"),
]


@pytest.mark.parametrize(("one", "other"), SOUND_ALIKE)
def test_sounds_the_same_in_spanish(one, other):
    assert names.sound(one) == names.sound(other)


@pytest.mark.parametrize(("one", "other"), [("chavez", "javes"), ("garcia", "garza"), ("lopez", "luna")])
def test_sounds_different_in_spanish(one, other):
    assert names.sound(one) != names.sound(other)


HEARD_ALIKE = [
    ("jose", "hosay"),
    ("juan", "wan"),
    ("joaquin", "wakin"),
    ("yesenia", "jesenia"),
    ("jonathan", "yonatan"),
    ("bryan", "brayan"),
    ("steven", "estiven"),
]


@pytest.mark.parametrize(("one", "other"), HEARD_ALIKE)
def test_heard_the_same_in_english(one, other):
    assert names.skeleton(one) == names.skeleton(other)


NICKNAMES = [
    ("pepe", "jose"),
    ("lupe", "guadalupe"),
    ("chuy", "jesus"),
    ("paco", "francisco"),
    ("beto", "roberto"),
    ("nacho", "ignacio"),
    ("goyo", "gregorio"),
    ("carlitos", "carlos"),
    ("teresita", "teresa"),
    ("paquito", "paco"),
    ("mike", "miguel"),
]


@pytest.mark.parametrize(("short", "long"), NICKNAMES)
def test_nicknames(short, long):
    assert long in names.nicknames(short)
    assert short not in names.nicknames(short)


def test_words_written_as_one():
    assert names.joined(["maria", "garcia", "lopez"]) == {"mariagarcia", "garcialopez"}


def test_generation_suffix():
    assert (names.suffix("Jr."), names.suffix("García Junior"), names.suffix("García")) == ("jr", "jr", "")
