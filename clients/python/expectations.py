from collections.abc import Callable

import grpc

from countersign_client import CountersignError


class Unexpected(Exception):
    """Something else than the story tells."""


def expect(ok: bool, met: object) -> None:
    if not ok:
        raise Unexpected(met)


def error_of(call: Callable[[], object]) -> CountersignError:
    try:
        met = call()
    except CountersignError as error:
        return error
    except grpc.RpcError as error:
        return CountersignError(error)
    raise Unexpected(met)
