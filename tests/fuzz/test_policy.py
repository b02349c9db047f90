"""A policy allows a call exactly if one of the key's scopes opens it, and otherwise names one that would."""

from hypothesis import given
from hypothesis import strategies as st

from apikeys import scope
from authorizer.policy import policy
from local.api.guards.policy import Decision, evaluate

STAGE = "arn:aws:execute-api:eu-central-1:123456789012:api/live"

verbs = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
segments = st.sampled_from(
    ["api", "keys", "runtime", "mcp", "key_1", "rotate", "", "*", "?", "..", "API", "keys ", "live", "GET"]
)
paths = st.lists(segments | st.text(max_size=5), max_size=5).map("/".join)
scopes = st.lists(st.sampled_from([*scope.ROUTES, "a scope that left the table", "?"]), max_size=4)


def opens(held: str, path: str) -> bool:
    """What the contract says that a scope opens."""
    match held:
        case "*":
            return True
        case "keys":
            return path == "api/keys" or path.startswith("api/keys/")
        case "runtime":
            return path == "api/mcp" or path.startswith("api/runtime/")
    return False


@given(scopes, verbs, paths)
def test_the_policy_allows_exactly_what_the_scopes_open(held: list[str], verb: str, path: str) -> None:
    call = f"{STAGE}/{verb}/{path}"
    answer = policy("key_1", "org_1", " ".join(held), call)
    allowed = any(opens(one, path) for one in " ".join(held).split())
    assert (evaluate(answer["policyDocument"], call) is Decision.ALLOW) == allowed
    assert ("missing_scope" not in answer["context"]) == allowed
    assert allowed or opens(answer["context"]["missing_scope"], path)


@given(scopes, st.lists(st.tuples(verbs, paths), min_size=2, max_size=2))
def test_the_policy_is_the_same_for_every_call(held: list[str], calls: list[tuple[str, str]]) -> None:
    one, other = (policy("key_1", "org_1", " ".join(held), f"{STAGE}/{verb}/{path}") for verb, path in calls)
    assert one["policyDocument"] == other["policyDocument"]
