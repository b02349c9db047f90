from apikeys.sessions.item import Entry
from apikeys.sessions.limits import OPEN_PER_ORGANIZATION, OPEN_PER_PERSON, surplus

NOW = 1_795_000_000


def entries(person: str, number: int, first: int = 1) -> list[Entry]:
    """Open sessions of a person, which expire one second after the other, the last one of the list first."""
    return [Entry(f"{person}_{left}", person, "ticket", NOW + left) for left in range(first, first + number)][
        ::-1
    ]


def people(number: int) -> list[Entry]:
    """Open sessions of so many people, with one each."""
    return [Entry(f"ses_{person}", f"person_{person}", "oidc", NOW + 1 + person) for person in range(number)]


def ids(ended: list[Entry]) -> list[str]:
    return [one.id for one in ended]


def test_nothing_ends_below_the_limits() -> None:
    assert surplus([], "ada", NOW) == []
    assert surplus(entries("ada", OPEN_PER_PERSON - 1), "ada", NOW) == []
    assert surplus(people(OPEN_PER_ORGANIZATION - 1), "ada", NOW) == []


def test_at_the_limit_of_a_person_their_own_first_to_expire_ends() -> None:
    others = people(5)
    assert ids(surplus(others + entries("ada", OPEN_PER_PERSON), "ada", NOW)) == ["ada_1"]
    assert surplus(others + entries("ada", OPEN_PER_PERSON), "bob", NOW) == []


def test_at_the_limit_of_an_organization_its_first_to_expire_ends() -> None:
    assert ids(surplus(people(OPEN_PER_ORGANIZATION), "ada", NOW)) == ["ses_0"]


def test_a_person_at_both_limits_ends_nobody_elses() -> None:
    both = people(OPEN_PER_ORGANIZATION - OPEN_PER_PERSON) + entries("ada", OPEN_PER_PERSON, first=5000)
    assert ids(surplus(both, "ada", NOW)) == ["ada_5000"]


def test_what_has_expired_does_not_count() -> None:
    expired = [
        Entry(f"old_{number}", "ada", "ticket", NOW - number) for number in range(OPEN_PER_ORGANIZATION)
    ]
    assert surplus(expired, "ada", NOW) == []


def test_what_is_above_a_limit_already_ends_too() -> None:
    assert ids(surplus(entries("ada", OPEN_PER_PERSON + 2), "ada", NOW)) == ["ada_1", "ada_2", "ada_3"]
