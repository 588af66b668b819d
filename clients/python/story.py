import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import grpc
import pyotp
from countersign.mfa.v1.method_pb2 import METHOD_SMS, METHOD_TOTP
from countersign.mfa.v1.mfa_service_pb2 import (
    SendVerificationCodeRequest,
    SetupMfaRequest,
    VerifyCodeResponse,
    VerifySetupRequest,
)
from countersign.mfa.v1.mfa_service_pb2_grpc import MfaServiceStub
from countersign.mfa.v1.rejection_pb2 import (
    REJECTION_REASON_CODE_REPLAYED,
    REJECTION_REASON_INVALID_CODE,
    REJECTION_REASON_TOO_MANY_ATTEMPTS,
)

import connecting
import oversized
from enduser import mistyped, text_message
from errors import fields_of, reason_of, retry_delay_of
from expectations import error_of, expect
from login import Verdict, check_code, judge
from settings import Settings

# Sending a message, or making new backup codes, may take as long. No call is without a deadline.
TIMEOUT = 15


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
        setup = self.mfa.SetupMfa(request, timeout=TIMEOUT)
        self.backup_codes = setup.backup_codes  # shown to the user this once, as is the QR code
        self.app = pyotp.parse_uri(setup.totp.uri)

    def confirm(self) -> None:
        self.enrol_time = int(time.time())
        code = self.app.at(self.enrol_time)
        self.confirm_with(self.user_id, code)

    def log_in(self) -> None:
        """Takes the next code, for the one that confirmed is spent. One step early is good."""
        self.login_code = self.app.at(self.enrol_time + 30)
        verdict = self.check(self.login_code)
        expect(verdict.approved, verdict)

    def wrong_code(self) -> None:
        verdict = self.check(mistyped(self.login_code))
        expect_rejection(verdict, REJECTION_REASON_INVALID_CODE, remaining=2)

    def replay(self) -> None:
        """Costs no attempt: the code that was accepted last is no guess."""
        verdict = self.check(self.login_code)
        expect_rejection(verdict, REJECTION_REASON_CODE_REPLAYED, remaining=2)

    def lock(self) -> None:
        """Spends the attempts that are left. From then on every code gets one answer, which says how long."""
        self.check(mistyped(self.login_code))
        self.check(mistyped(self.login_code))
        verdict = self.check(self.login_code)
        expect_rejection(verdict, REJECTION_REASON_TOO_MANY_ATTEMPTS, remaining=0)
        wait = verdict.rejection.retry_after.ToTimedelta()
        expect(timedelta() < wait <= timedelta(seconds=30), verdict)

    def backup_code(self) -> None:
        """Gets the user in meanwhile: backup codes are counted apart."""
        verdict = self.check(self.backup_codes[0])
        expect(verdict.approved and verdict.approval.backup_codes_remaining == 9, verdict)

    def sms_code(self) -> None:
        user_id, phone_number = self.sms_user, self.settings.phone_number
        request = SetupMfaRequest(user_id=user_id, method=METHOD_SMS, phone_number=phone_number)
        setup = self.mfa.SetupMfa(request, timeout=TIMEOUT)
        self.sms_backup_codes = setup.backup_codes
        self.confirm_with(user_id, text_message(self.settings.outbox, phone_number))
        # A request id makes the retries safe: one id, one message.
        request = SendVerificationCodeRequest(user_id=user_id, request_id=str(uuid4()))
        self.mfa.SendVerificationCode(request, timeout=TIMEOUT)
        code = text_message(self.settings.outbox, phone_number)
        verdict = check_code(self.mfa, user_id, code, str(uuid4()))
        expect(verdict.approved and verdict.approval.method == METHOD_SMS, verdict)

    def error_details(self) -> None:
        error = error_of(lambda: check_code(self.mfa, f"nobody-{uuid4()}", "123456", str(uuid4())))
        expect(error.code() is grpc.StatusCode.FAILED_PRECONDITION, error)
        expect(reason_of(error) == "MFA_NOT_ENABLED", error)
        error = error_of(lambda: self.check("12 34"))
        expect(reason_of(error) == "INVALID_FIELD" and fields_of(error) == ["code"], error)
        # Requested again immediately, a second message has to wait.
        request = SendVerificationCodeRequest(user_id=self.sms_user)
        self.mfa.SendVerificationCode(request, timeout=TIMEOUT)
        error = error_of(lambda: self.mfa.SendVerificationCode(request, timeout=TIMEOUT))
        expect(reason_of(error) == "SEND_RATE_LIMITED", error)
        expect(timedelta() < retry_delay_of(error) <= timedelta(seconds=30), error)

    def deadline(self) -> None:
        """Gives a call less time than a backup code takes.

        It may have taken effect: asked again under the same request id, Countersign gives the
        answer that was lost, and spends no second attempt.
        """
        asked = (self.mfa, self.sms_user, self.sms_backup_codes[0], str(uuid4()))
        error = error_of(lambda: check_code(*asked, timeout=0.001))
        expect(error.code() is grpc.StatusCode.DEADLINE_EXCEEDED, error)
        verdict = answer_at_last(lambda: check_code(*asked))
        expect(verdict.approved, verdict)

    def unset_outcome(self) -> None:
        verdict = judge(VerifyCodeResponse())
        expect(not verdict.approved, verdict)

    def confirm_with(self, user_id: str, code: str) -> None:
        request = VerifySetupRequest(user_id=user_id, code=code)
        confirmed = self.mfa.VerifySetup(request, timeout=TIMEOUT)
        expect(confirmed.WhichOneof("outcome") == "enabled", confirmed)

    def check(self, code: str) -> Verdict:
        return check_code(self.mfa, self.user_id, code, str(uuid4()))


def answer_at_last(ask: Callable[[], Verdict]) -> Verdict:
    """Asks again for as long as the first request is still being worked on."""
    while True:
        try:
            return ask()
        except grpc.RpcError as error:
            if reason_of(error) != "REQUEST_IN_FLIGHT":
                raise
            time.sleep(retry_delay_of(error).total_seconds())


def expect_rejection(verdict: Verdict, reason: int, remaining: int) -> None:
    expect(not verdict.approved and verdict.rejection is not None, verdict)
    expect(verdict.rejection.reason == reason, verdict)
    expect(verdict.rejection.remaining_attempts == remaining, verdict)
