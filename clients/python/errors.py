from datetime import timedelta
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_status import rpc_status

Detail = TypeVar("Detail", bound=Message)


# snippet:reason begin
def reason_of(error: grpc.RpcError) -> str | None:
    """The reason of an error of Countersign's, by which to branch; None for any other error."""
    info = detail_of(error, ErrorInfo)
    return info.reason if info is not None and info.domain == "countersign" else None


def detail_of(error: grpc.RpcError, kind: type[Detail]) -> Detail | None:
    status = rpc_status.from_call(error)
    for packed in [] if status is None else status.details:
        detail = kind()
        if packed.Unpack(detail):
            return detail
    return None


# snippet:reason end


def fields_of(error: grpc.RpcError) -> list[str]:
    """The fields of the request that Countersign did not take."""
    bad_request = detail_of(error, BadRequest) or BadRequest()
    return [violation.field for violation in bad_request.field_violations]


def retry_delay_of(error: grpc.RpcError) -> timedelta:
    """How long to wait before trying again; nothing where trying again does not help."""
    return (detail_of(error, RetryInfo) or RetryInfo()).retry_delay.ToTimedelta()
