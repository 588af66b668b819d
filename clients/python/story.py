import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import grpc
import pyotp
from countersign.mfa.v1.method_pb2 import METHOD_SMS, METHOD_TOTP
from countersign.mfa.v1.client_context_pb2 import ClientContext
from countersign.mfa.v1.mfa_service_pb2 import (
    Approval,
    SendVerificationCodeRequest,
    SetupMfaRequest,
    VerifyCodeRequest,
    VerifyCodeResponse,
)
from countersign.mfa.v1.mfa_service_pb2_grpc import MfaServiceStub

import connecting
import oversized
from countersign_client import (
    Checked,
    CountersignError,
    RefusalReason,
    call,
    check_code,
    check_setup,
    read_outcome,
)
from enduser import mistyped, text_message
from expectations import error_of, expect
from settings import Settings

# The end user's, for the audit log and the policy's IP rules.
END_USER = ClientContext(ip_address="192.0.2.7", user_agent="Mozilla/5.0")


class Story:
    def __init__(self, settings: Settings, channel: grpc.Channel):
        self.settings = settings
        self.mfa = MfaServiceStub(channel)
        self.user_id = f"python-{uuid4()}"
        self.sms_user = f"python-sms-{uuid4()}"

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        """The story in order. Steps that need what is not configured are left out."""
        settings = self.settings
        steps = [
            ("enrol TOTP", self.enrol_totp),
            ("confirm", self.confirm),
            ("log in", self.log_in),
            ("wrong code", self.wrong_code),
            ("replay", self.replay),
            ("lock", self.lock),
            ("backup code", self.backup_code),
            ("SMS code", self.sms_code),
            ("error details", self.error_details),
            ("oversized request", lambda: oversized.oversized_request(settings, self.mfa)),
            ("deadline", self.deadline),
            ("unset outcome", self.unset_outcome),
        ]
        if settings.unsteady_target is not None:
            steps.append(("retry policy", lambda: connecting.retry_policy(settings)))
        if settings.ca_file is not None:
            steps.append(("TLS", lambda: connecting.tls(settings)))
        if settings.cert_file is not None:
            steps.append(("mTLS", lambda: connecting.mtls(settings)))
        if settings.token is not None:
            steps.append(("bearer token", lambda: connecting.bearer_token(settings)))
        return steps

    def enrol_totp(self) -> None:
        request = SetupMfaRequest(user_id=self.user_id, method=METHOD_TOTP)
        setup = call(self.mfa.SetupMfa, request)
        self.backup_codes = setup.backup_codes  # shown to the user this once, as is the QR code
        self.app = pyotp.parse_uri(setup.totp.uri)

    def confirm(self) -> None:
        self.enrol_time = int(time.time())
        code = self.app.at(self.enrol_time)
        self.confirm_with(self.user_id, code)

    def log_in(self) -> None:
        """Takes the next code, for the one that confirmed is spent. One step early is good."""
        self.login_code = self.app.at(self.enrol_time + 30)
        checked = self.check(self.login_code)
        expect(bool(checked), checked)

    def wrong_code(self) -> None:
        checked = self.check(mistyped(self.login_code))
        expect_rejection(checked, "INVALID_CODE", remaining=2)

    def replay(self) -> None:
        """Costs no attempt: the code that was accepted last is no guess."""
        checked = self.check(self.login_code)
        expect_rejection(checked, "CODE_REPLAYED", remaining=2)

    def lock(self) -> None:
        """Spends the attempts that are left. From then on every code gets one answer, which says how long."""
        self.check(mistyped(self.login_code))
        self.check(mistyped(self.login_code))
        checked = self.check(self.login_code)
        expect_rejection(checked, "TOO_MANY_ATTEMPTS", remaining=0)
        wait = checked.retry_after or timedelta()
        expect(timedelta() < wait <= timedelta(seconds=30), checked)

    def backup_code(self) -> None:
        """Gets the user in meanwhile: backup codes are counted apart."""
        checked = self.check(self.backup_codes[0])
        approval = checked.accepted or Approval()
        expect(approval.backup_codes_remaining == 9, checked)

    def sms_code(self) -> None:
        user_id, phone_number = self.sms_user, self.settings.phone_number
        request = SetupMfaRequest(user_id=user_id, method=METHOD_SMS, phone_number=phone_number)
        setup = call(self.mfa.SetupMfa, request)
        self.sms_backup_codes = setup.backup_codes
        self.confirm_with(user_id, text_message(self.settings.outbox, phone_number))
        # A request id makes the retries safe: one id, one message.
        request = SendVerificationCodeRequest(user_id=user_id, request_id=str(uuid4()))
        call(self.mfa.SendVerificationCode, request)
        code = text_message(self.settings.outbox, phone_number)
        checked = check_code(self.mfa, user_id, code, request_id=str(uuid4()), context=END_USER)
        approval = checked.accepted or Approval()
        expect(approval.method == METHOD_SMS, checked)

    def error_details(self) -> None:
        error = error_of(lambda: check_code(self.mfa, f"nobody-{uuid4()}", "123456"))
        expect(error.code is grpc.StatusCode.FAILED_PRECONDITION, error)
        expect(error.reason == "MFA_NOT_ENABLED" and error.request_id is not None, error)
        expect((error.help_url or "").endswith("#mfa_not_enabled"), error)
        # What is no code at all is an error of VerifyCode, and for check_code the user's slip.
        slip = VerifyCodeRequest(user_id=self.user_id, code="12 34")
        error = error_of(lambda: call(self.mfa.VerifyCode, slip))
        expect(error.reason == "INVALID_FIELD" and error.fields == ["code"], error)
        checked = self.check(slip.code)
        expect(not checked and checked.reason == "INVALID_FIELD", checked)
        # Requested again immediately, a second message has to wait.
        request = SendVerificationCodeRequest(user_id=self.sms_user)
        call(self.mfa.SendVerificationCode, request)
        error = error_of(lambda: call(self.mfa.SendVerificationCode, request))
        expect(error.reason == "SEND_RATE_LIMITED", error)
        expect(timedelta() < (error.retry_after or timedelta()) <= timedelta(seconds=30), error)

    def deadline(self) -> None:
        """Gives a call less time than a backup code takes.

        It may have taken effect: asked again under the same request id, Countersign gives the
        answer that was lost, and spends no second attempt.
        """
        asked, request_id = (self.mfa, self.sms_user, self.sms_backup_codes[0]), str(uuid4())
        error = error_of(lambda: check_code(*asked, request_id=request_id, timeout=0.001))
        expect(error.code is grpc.StatusCode.DEADLINE_EXCEEDED, error)
        checked = answer_at_last(lambda: check_code(*asked, request_id=request_id))
        expect(bool(checked), checked)

    def unset_outcome(self) -> None:
        checked = read_outcome(VerifyCodeResponse(), "approved")
        expect(not checked, checked)

    def confirm_with(self, user_id: str, code: str) -> None:
        confirmed = check_setup(self.mfa, user_id, code)
        expect(bool(confirmed), confirmed)

    def check(self, code: str) -> Checked[Approval]:
        return check_code(self.mfa, self.user_id, code, context=END_USER)


def answer_at_last(ask: Callable[[], Checked[Approval]]) -> Checked[Approval]:
    """Asks again for as long as the first request is still being worked on."""
    while True:
        try:
            return ask()
        except CountersignError as error:
            if error.reason != "REQUEST_IN_FLIGHT" or error.retry_after is None:
                raise
            time.sleep(error.retry_after.total_seconds())


def expect_rejection(checked: Checked[Approval], reason: RefusalReason, remaining: int) -> None:
    expect(not checked and checked.reason == reason, checked)
    expect(checked.rejection.remaining_attempts == remaining, checked)
