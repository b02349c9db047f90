import pytest

from authorizer.header import presented_key


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"Authorization": ["Bearer KEY"]}, "KEY"),
        ({"authorization": ["bearer KEY"]}, "KEY"),
        ({"AUTHORIZATION": ["BEARER KEY"]}, "KEY"),
        ({"Authorization": ["Bearer   KEY"]}, "KEY"),
        ({"Authorization": [" Bearer KEY\t"]}, "KEY"),
        ({"x-api-key": ["KEY"]}, "KEY"),
        ({"X-API-Key": [" KEY "]}, "KEY"),
        ({"x-api-key": ["KEY", "KEY"]}, "KEY"),
        ({"X-Api-Key": ["KEY"], "x-api-key": ["KEY"]}, "KEY"),
        ({"x-api-key": ["KEY"], "Authorization": ["Basic dXNlcjpwYXNz"]}, "KEY"),
        ({"x-api-key": ["KEY"], "Authorization": ["Bearer OTHER"]}, "KEY"),
        ({"x-api-key": ["KEY"], "Authorization": ["Bearer A", "Bearer B"]}, "KEY"),
    ],
)
def test_a_key_is_found_in_either_header(headers: dict[str, list[str]], key: str) -> None:
    assert presented_key(headers) == key


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": ["KEY"]},
        {"Authorization": []},
        {"Authorization": [""]},
        {"Authorization": ["KEY"]},
        {"Authorization": ["Bearer"]},
        {"Authorization": ["Bearer "]},
        {"Authorization": ["BearerKEY"]},
        {"Authorization": ["Bearer KEY OTHER"]},
        {"Authorization": ["Basic KEY"]},
        {"Authorization": ["Token Bearer KEY"]},
        {"Authorization": ["Bearer KEY", "Bearer OTHER"]},
        {"Authorization": ["Bearer KEY"], "authorization": ["Bearer OTHER"]},
        {"x-api-key": ["KEY", "OTHER"]},
        {"x-api-key": ["KEY"], "X-API-KEY": ["OTHER"]},
        {"x-api-key": ["KEY", "OTHER"], "Authorization": ["Bearer KEY"]},
    ],
)
def test_no_key_or_more_than_one_counts_as_none(headers: dict[str, list[str]]) -> None:
    assert presented_key(headers) is None


def test_an_empty_x_api_key_decides_too() -> None:
    assert presented_key({"x-api-key": [""], "Authorization": ["Bearer KEY"]}) == ""
