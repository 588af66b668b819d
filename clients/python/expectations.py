from collections.abc import Callable

import grpc


class Unexpected(Exception):
    """Something else than the story tells."""


def expect(ok: bool, met: object) -> None:
    if not ok:
        raise Unexpected(met)


def error_of(call: Callable[[], object]) -> grpc.RpcError:
    try:
        met = call()
    except grpc.RpcError as error:
        return error
    raise Unexpected(met)
