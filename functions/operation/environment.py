"""The parts that an operation works with, made from the function's environment.

Owns the reading of the environment, the clock and the random generator. Each part is made at the first call
and kept while the function is warm; nothing is read at import.
"""

import os
import time
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session

from apikeys.history.store import HistoryStore
from apikeys.keys.key import timestamp
from apikeys.keys.store import KeyStore
from apikeys.plans.store import PlanStore
from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat, presented_format
from apikeys.sessions.store import SessionStore
from apikeys.usage.store import UsageStore
from operation.aws import config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def _dynamodb() -> "DynamoDBClient":
    # boto3 would make the same client, and takes a tenth of a cold start for what is not used here.
    return cast("DynamoDBClient", botocore.session.get_session().create_client("dynamodb", config=config()))


@cache
def key_store() -> KeyStore:
    """The table named by KEY_TABLE; KEY_INDEX is set for the function that lists."""
    return KeyStore(_dynamodb(), os.environ["KEY_TABLE"], os.environ.get("KEY_INDEX", ""))


@cache
def usage_store() -> UsageStore:
    """The table named by USAGE_TABLE; COUNTED_TABLE is set for the function that counts."""
    return UsageStore(_dynamodb(), os.environ["USAGE_TABLE"], os.environ.get("COUNTED_TABLE", ""))


@cache
def history_store() -> HistoryStore:
    """The table named by HISTORY_TABLE."""
    return HistoryStore(_dynamodb(), os.environ["HISTORY_TABLE"])


def secret_format() -> SecretFormat:
    """What a presented key may look like: with IMPORTED_KEYS, like one that was made elsewhere too."""
    return presented_format(os.environ)


def new_secret() -> Secret:
    """A secret that nobody has seen, with the prefix in KEY_PREFIX."""
    return SecretFormat(os.environ["KEY_PREFIX"]).new(os.urandom(ENTROPY_BYTES))


@cache
def session_store() -> SessionStore:
    """The sessions, which are in the same table as the keys; KEY_TABLE names it."""
    return SessionStore(_dynamodb(), os.environ["KEY_TABLE"])


@cache
def plan_store() -> PlanStore:
    """The organizations' shares, in the key table; KEY_INDEX is set for the function that sets plans."""
    return PlanStore(_dynamodb(), os.environ["KEY_TABLE"], os.environ.get("KEY_INDEX", ""))


def records_usage() -> bool:
    """Whether anybody records when a key was used; USAGE_TRACKING is set for the function that lists."""
    return os.environ["USAGE_TRACKING"] == "true"


def epoch() -> int:
    """This moment, in seconds since 1970."""
    return int(time.time())


def now() -> str:
    """This moment, as the key's `timestamp`."""
    return timestamp(datetime.now(UTC))
