"""The shortest login: enrols a user and meets every answer. Prints what the user is shown."""

import os
import sys
import time

import grpc
import pyotp
from countersign.mfa.v1.method_pb2 import METHOD_TOTP
from countersign.mfa.v1.mfa_service_pb2 import SetupMfaRequest
from countersign.mfa.v1.mfa_service_pb2_grpc import MfaServiceStub

from countersign_client import CountersignError, call, check_code, check_setup

mfa = MfaServiceStub(grpc.insecure_channel(os.environ.get("COUNTERSIGN_TARGET", "127.0.0.1:50051")))


def login(user_id: str, code: str) -> str:
    try:
        checked = check_code(mfa, user_id, code)
    except CountersignError as error:
        print("failed:", error, error.retry_after, error.fields, error.help_url, file=sys.stderr)
        return "Please log in again." if error.reason == "MFA_NOT_ENABLED" else "Please try again later."
    if checked.accepted:
        return f"Welcome. {checked.accepted.backup_codes_remaining} backup codes are left."
    print("refused:", checked.reason, checked.rejection.remaining_attempts, file=sys.stderr)
    return "That code was not accepted." + (" Please wait." if checked.retry_after else "")


user_id, now = f"first-{time.time()}", int(time.time())
setup = call(mfa.SetupMfa, SetupMfaRequest(user_id=user_id, method=METHOD_TOTP))
app = pyotp.parse_uri(setup.totp.uri)
assert check_setup(mfa, user_id, app.at(now))
code, wrong = app.at(now + 30), app.at(now - 3600)
for entered in [code, code, "12 34", wrong, wrong, wrong, setup.backup_codes[0]]:
    print(login(user_id, entered))
print(login("nobody", code))
