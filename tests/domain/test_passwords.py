"""Password rules A20-A25."""

import pytest

from msixlite.domain import passwords


@pytest.mark.parametrize(
    ("password", "lacks"),
    [
        ("Abcdef1!", []),
        ("Ñandú-77", []),
        ("Abcde1!", ["at least 8 characters"]),
        ("abcdef1!", ["a capital letter"]),
        ("ABCDEF1!", ["a small letter"]),
        ("Abcdefg!", ["a digit"]),
        ("Abcdefg1", ["a special character such as ! or #"]),
        ("Aa1!" * 33, ["at most 128 characters"]),
        ("Rortiz-2026!", ["to be without your own name or user name"]),
    ],
)
def test_faults_are_named(password, lacks):
    assert passwords.faults(password, forbidden=["rortiz"]) == lacks


def test_nothing_is_cut_off():
    long = "Aa1!" * 32
    kept = passwords.hash_password(long)
    assert passwords.verify(long, kept)
    assert not passwords.verify(long[:-1], kept)


def test_an_unknown_user_never_fits():
    assert not passwords.verify("Abcdef1!", None)


def test_one_time_passwords_keep_the_rules_and_differ():
    made = {passwords.one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert not any(passwords.faults(password) for password in made)
