"""Typed helpers for a service that logs users in. Copy this file beside the generated stubs.

Only an accepted `check_code` lets a user in; every error refuses.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Callable, Generic, Literal, TypeVar
from uuid import uuid4

import grpc
from countersign.mfa.v1.client_context_pb2 import ClientContext
from countersign.mfa.v1.mfa_service_pb2 import (
    Approval,
    BackupCodes,
    DisableMfaRequest,
    MfaDisabled,
    MfaEnabled,
    RegenerateBackupCodesRequest,
    VerifyCodeRequest,
    VerifySetupRequest,
)
from countersign.mfa.v1.mfa_service_pb2_grpc import MfaServiceStub
from countersign.mfa.v1.rejection_pb2 import Rejection, RejectionReason
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, Help, RequestInfo, RetryInfo
from grpc_status import rpc_status

ErrorReason = Literal[
    "INVALID_FIELD", "MALFORMED_REQUEST", "MESSAGE_TOO_LARGE", "METHOD_NOT_ALLOWED",
    "MFA_NOT_ENABLED", "MFA_NOT_CONFIGURED", "MFA_ALREADY_ENABLED", "MFA_ALREADY_VERIFIED",
    "STORE_UNAVAILABLE", "OVERLOADED", "CALLER_RATE_LIMITED", "UNAUTHENTICATED",
    "PERMISSION_DENIED", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "SERVICE_UNKNOWN",
    "METHOD_HAS_NO_CODE_TO_SEND", "METHOD_DISABLED", "DESTINATION_NOT_ALLOWED", "UNLOCK_REQUIRED",
    "SEND_RATE_LIMITED", "DELIVERY_FAILED", "REQUEST_ID_REUSED", "REQUEST_IN_FLIGHT",
    "USER_RATE_LIMITED", "IP_NOT_ALLOWED", "HOST_MALFORMED", "HTTP_METHOD_NOT_SERVED",
    "CONTENT_TYPE_NOT_SERVED", "ORIGIN_NOT_ALLOWED", "CLOCK_SKEWED",
]  # fmt: skip
"""Why a call failed. A type checker refuses a misspelt one."""

RefusalReason = Literal[
    "INVALID_CODE", "CODE_EXPIRED", "CODE_REPLAYED", "NO_PENDING_CHALLENGE", "TOO_MANY_ATTEMPTS",
    "INVALID_FIELD",
]  # fmt: skip
"""Why a code was refused. INVALID_FIELD: what the user typed is no code; it cost no attempt."""

Accepted = TypeVar("Accepted", bound=Message)
Detail = TypeVar("Detail", bound=Message)
Answer = TypeVar("Answer")


# snippet:reason begin
class CountersignError(Exception):
    """What a call failed with. It is never an approval."""

    reason: ErrorReason | None
    """By which to branch. None: no answer of Countersign's, so the call may have taken effect."""
    facts: dict[str, str]
    """About the reason: `limit`, `rule`, `failure`, `address`."""
    retry_after: timedelta | None
    """How long to wait before trying again, where that helps."""
    fields: list[str]
    """The fields of the request at fault."""
    request_id: str | None
    """Finds the call in Countersign's log."""
    help_url: str | None
    """The page about the reason."""

    def __init__(self, error: grpc.RpcError):
        self.code: grpc.StatusCode = error.code()
        info = _detail_of(error, ErrorInfo)
        self.reason = info.reason if info.domain == "countersign" else None
        self.facts = dict(info.metadata)
        retry = _detail_of(error, RetryInfo)
        self.retry_after = retry.retry_delay.ToTimedelta() if retry.HasField("retry_delay") else None
        self.fields = [each.field for each in _detail_of(error, BadRequest).field_violations]
        self.request_id = _detail_of(error, RequestInfo).request_id or None
        self.help_url = next((link.url for link in _detail_of(error, Help).links), None)
        super().__init__(f"{self.code.name} {self.reason}: {error.details()} ({self.request_id})")


def _detail_of(error: grpc.RpcError, kind: type[Detail]) -> Detail:
    """The error's detail of a kind, or an empty one."""
    detail, status = kind(), rpc_status.from_call(error)
    for packed in () if status is None else status.details:
        if packed.Unpack(detail):
            break
    return detail


def call(rpc: Callable[..., Answer], request: Message, timeout: float = 15) -> Answer:
    """Calls with a deadline in seconds: 5 for a check, 15 for what sends a message."""
    try:
        return rpc(request, timeout=timeout)
    except grpc.RpcError as error:
        raise CountersignError(error) from error


# snippet:reason end


# snippet:login begin
@dataclass(frozen=True)
class Checked(Generic[Accepted]):
    """What came of a code. It is true if the code was accepted, and an empty one is a refusal."""

    accepted: Accepted | None = None
    reason: RefusalReason | None = None  # for your log, never for the browser
    retry_after: timedelta | None = None  # until a code is compared again
    rejection: Rejection = field(default_factory=Rejection)  # as it was sent

    def __bool__(self) -> bool:
        return self.accepted is not None


def check_code(
    mfa: MfaServiceStub,
    user_id: str,
    code: str,
    *,
    request_id: str | None = None,
    challenge_id: str = "",
    context: ClientContext | None = None,
    timeout: float = 5,
) -> Checked[Approval]:
    """Asks whether a code that the user entered is good. Raises CountersignError.

    The request id is fresh for each code entered and the same for each time that this code is
    asked about: with it a retry gets the answer that was lost, without it CODE_REPLAYED. The
    context is the end user's, for the audit log and the policy's IP rules.
    """
    request = VerifyCodeRequest(
        user_id=user_id,
        code=code,
        request_id=request_id or str(uuid4()),
        challenge_id=challenge_id,
        context=context,
    )
    return _check(mfa.VerifyCode, request, "approved", timeout)


def _check(rpc: Callable, request: Message, accepted: str, timeout: float) -> Checked:
    """Calls, and reads the outcome by the name of the one that accepts."""
    try:
        return read_outcome(call(rpc, request, timeout), accepted)
    except CountersignError as error:
        if error.reason == "INVALID_FIELD" and error.fields == ["code"]:
            return Checked(reason="INVALID_FIELD")
        raise


def read_outcome(response: Message, accepted: str) -> Checked:
    """An outcome that is not set, or newer than these stubs, refuses."""
    outcome = response.WhichOneof("outcome")
    if outcome == accepted:
        return Checked(accepted=getattr(response, outcome))
    if outcome != "rejected":
        return Checked()
    rejection = response.rejected
    wait = rejection.retry_after.ToTimedelta() if rejection.HasField("retry_after") else None
    return Checked(reason=_name_of(rejection.reason), retry_after=wait, rejection=rejection)


def _name_of(reason: int) -> RefusalReason | None:
    """The reason without its prefix; None for one that is newer than these stubs."""
    if reason not in RejectionReason.values() or reason == 0:
        return None
    return RejectionReason.Name(reason).removeprefix("REJECTION_REASON_")


# snippet:login end


def check_setup(
    mfa: MfaServiceStub,
    user_id: str,
    code: str,
    *,
    context: ClientContext | None = None,
    timeout: float = 5,
) -> Checked[MfaEnabled]:
    """Confirms an enrolment, which logs nobody in. Raises CountersignError."""
    request = VerifySetupRequest(user_id=user_id, code=code, context=context)
    return _check(mfa.VerifySetup, request, "enabled", timeout)


def check_disable(
    mfa: MfaServiceStub,
    user_id: str,
    code: str,
    *,
    context: ClientContext | None = None,
    timeout: float = 5,
) -> Checked[MfaDisabled]:
    """Turns MFA off. Raises CountersignError."""
    request = DisableMfaRequest(user_id=user_id, code=code, context=context)
    return _check(mfa.DisableMfa, request, "disabled", timeout)


def check_regenerate(
    mfa: MfaServiceStub,
    user_id: str,
    code: str,
    *,
    context: ClientContext | None = None,
    timeout: float = 15,
) -> Checked[BackupCodes]:
    """Replaces the backup codes. Raises CountersignError."""
    request = RegenerateBackupCodesRequest(user_id=user_id, code=code, context=context)
    return _check(mfa.RegenerateBackupCodes, request, "backup_codes", timeout)
