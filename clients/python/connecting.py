"""How the channel behaves: what it tries again, whom it believes and who is let in."""

from dataclasses import replace
from uuid import uuid4

import grpc
from countersign.mfa.v1.mfa_service_pb2 import GetMfaStatusRequest, GetMfaStatusResponse
from countersign.mfa.v1.mfa_service_pb2_grpc import MfaServiceStub

import oversized
from channel import open_channel
from expectations import error_of, expect
from settings import Settings


def retry_policy(settings: Settings) -> None:
    """Calls a server that is unavailable twice first. The service config alone tries again."""
    status = call_through(open_channel(replace(settings, target=settings.unsteady_target)))
    expect(status.enabled, status)


def tls(settings: Settings) -> None:
    """Trusts other authorities than the service's own, and so does not believe it."""
    stranger = grpc.secure_channel(settings.target, grpc.ssl_channel_credentials())
    error = error_of(lambda: call_through(stranger))
    expect(error.code is grpc.StatusCode.UNAVAILABLE, error)


def mtls(settings: Settings) -> None:
    """Shows no certificate, and is not let in."""
    nobody = open_channel(replace(settings, cert_file=None, key_file=None))
    error = error_of(lambda: call_through(nobody))
    expect(error.code is grpc.StatusCode.UNAVAILABLE, error)


def bearer_token(settings: Settings) -> None:
    """Shows a token that does not hold. Neither certificate nor size changes that."""
    forger = open_channel(replace(settings, token=lambda: "forged"))
    error = error_of(lambda: call_through(forger))
    expect(error.code is grpc.StatusCode.UNAUTHENTICATED, error)
    expect(error.reason == "UNAUTHENTICATED", error)
    oversized.with_forged_token(settings)


def call_through(channel: grpc.Channel) -> GetMfaStatusResponse:
    with channel:
        request = GetMfaStatusRequest(user_id=f"anyone-{uuid4()}")
        return MfaServiceStub(channel).GetMfaStatus(request, timeout=10)
