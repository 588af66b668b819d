"""Requests over the size limit: the answer arrives however much was sent before it."""

import ssl
from dataclasses import replace

import grpc
import httpx
from countersign.mfa.v1.mfa_service_pb2 import GetMfaStatusRequest
from countersign.mfa.v1.mfa_service_pb2_grpc import MfaServiceStub

from channel import open_channel
from countersign_client import check_code
from expectations import error_of, expect
from settings import Settings

# The limit is 64 KiB.
SIZES = (100_000, 400_000, 2_000_000)


def oversized_request(settings: Settings, mfa: MfaServiceStub) -> None:
    """Asks by grpcio, and as JSON by httpx, which writes a whole request before it reads."""
    for size in SIZES:
        user_id = "x" * size
        error = error_of(lambda: check_code(mfa, user_id, "123456"))
        expect(error.code is grpc.StatusCode.RESOURCE_EXHAUSTED, error)
        expect(error.reason == "MESSAGE_TOO_LARGE", error)
    token = None if settings.token is None else settings.token()
    expect_over_http(settings, token, status=429, code="resource_exhausted")


def with_forged_token(settings: Settings) -> None:
    with open_channel(replace(settings, token=lambda: "forged")) as forger:
        for size in SIZES:
            request = GetMfaStatusRequest(user_id="x" * size)
            error = error_of(lambda: MfaServiceStub(forger).GetMfaStatus(request, timeout=10))
            expect(error.code is grpc.StatusCode.UNAUTHENTICATED, error)
    expect_over_http(settings, "forged", status=401, code="unauthenticated")


def expect_over_http(settings: Settings, token: str | None, status: int, code: str) -> None:
    """Sends every size over one connection of HTTP/2, and over one of HTTP/1.1."""
    scheme = "http" if settings.ca_file is None else "https"
    url = f"{scheme}://{settings.target}/countersign.mfa.v1.MfaService/GetMfaStatus"
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    for http2 in (True, False):
        versions = {"http1": not http2, "http2": http2}
        with httpx.Client(verify=trust(settings), timeout=10, headers=headers, **versions) as http:
            for size in SIZES:
                answer = http.post(url, json={"user_id": "x" * size})
                expect(answer.status_code == status, answer)
                expect(answer.json()["code"] == code, answer.text)


def trust(settings: Settings) -> ssl.SSLContext | bool:
    if settings.ca_file is None:
        return False
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context
