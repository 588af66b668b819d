from dataclasses import dataclass

from countersign.mfa.v1.client_context_pb2 import ClientContext
from countersign.mfa.v1.mfa_service_pb2 import Approval, VerifyCodeRequest, VerifyCodeResponse
from countersign.mfa.v1.mfa_service_pb2_grpc import MfaServiceStub
from countersign.mfa.v1.rejection_pb2 import Rejection


# snippet:login begin
@dataclass(frozen=True)
class Verdict:
    """What a login does with a code. An empty one is a refusal."""

    approval: Approval | None = None  # set only where the code was accepted
    rejection: Rejection | None = None  # why not, where Countersign says so; not for the browser

    @property
    def approved(self) -> bool:
        return self.approval is not None


def check_code(
    mfa: MfaServiceStub, user_id: str, code: str, request_id: str, timeout: float = 5
) -> Verdict:
    """Asks whether a code that the user entered is good; grpc.RpcError is never an approval.

    The request id is fresh for each code entered and the same for each time that this code is
    asked about: with it a retry gets the answer that was lost, without it CODE_REPLAYED.
    """
    request = VerifyCodeRequest(
        user_id=user_id,
        code=code,
        request_id=request_id,
        # The end user's, for the audit log and the policy's IP rules.
        context=ClientContext(ip_address="192.0.2.7", user_agent="Mozilla/5.0"),
    )
    return judge(mfa.VerifyCode(request, timeout=timeout))


def judge(response: VerifyCodeResponse) -> Verdict:
    """Reads the outcome. One that is not set, or newer than this client, refuses."""
    match response.WhichOneof("outcome"):
        case "approved":
            return Verdict(approval=response.approved)
        case "rejected":
            return Verdict(rejection=response.rejected)
        case _:
            return Verdict()


# snippet:login end
