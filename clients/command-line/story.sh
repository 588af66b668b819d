# What buf-curl.sh and grpcurl.sh both tell. They bring `call RPC JSON`, which prints the answer, or the error with its details.

target=${COUNTERSIGN_TARGET:-127.0.0.1:50051}
outbox=${COUNTERSIGN_OUTBOX:-http://127.0.0.1:9090/outbox}
phone_number=${COUNTERSIGN_PHONE_NUMBER:-+12025550123}
user=shell-$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')

tell() {
  ask SetupMfa '{"userId":"'"$user"'","method":"METHOD_SMS","phoneNumber":"'"$phone_number"'"}'
  expect 'enrol SMS' '"challengeId"'
  ask VerifySetup '{"userId":"'"$user"'","code":"'"$(text_message)"'"}'
  expect 'confirm' '"enabled"'
  ask SendVerificationCode '{"userId":"'"$user"'","requestId":"'"$user"'"}'
  expect 'SMS code' '"challengeId"'
  local code
  code=$(text_message)
  ask VerifyCode '{"userId":"'"$user"'","code":"'"$code"'"}'
  expect 'log in' '"approved"'
  ask VerifyCode '{"userId":"'"$user"'","code":"'"$code"'"}'
  expect 'replay' 'REJECTION_REASON_CODE_REPLAYED'
  ask VerifyCode '{"userId":"'"$user"'","code":"12 34"}'
  expect 'error details' 'INVALID_FIELD' '"field": *"code"'
}

# ask RPC JSON: keeps the answer, or the error, for the step to judge.
ask() { answer=$(call "$@") || true; }

# text_message: the newest code sent to the number, from the outbox that Countersign keeps in development.
text_message() {
  curl -s "$outbox" | tr '{' '\n' | grep -F "\"to\":\"$phone_number\"" |
    sed -nE '1s/.*[^0-9]([0-9]{6})[^0-9].*/\1/p'
}

# expect STEP PATTERN...: ends a step: well, or with the answer that was met instead.
expect() {
  local step=$1 pattern
  shift
  for pattern in "$@"; do
    if ! grep -q -- "$pattern" <<<"$answer"; then
      echo "not ok $step: $answer" >&2
      exit 1
    fi
  done
  echo "ok $step"
}
