#!/usr/bin/env bash
# A login by text message from the shell with buf curl, which reads the protos: it needs no reflection.
set -euo pipefail
cd "$(dirname "$0")"
source ./story.sh

options=(--schema ../../proto --protocol grpc)
if [[ -n ${COUNTERSIGN_CA_FILE:-} ]]; then
  base=https://$target
  options+=(--cacert "$COUNTERSIGN_CA_FILE")
else
  base=http://$target
  options+=(--http2-prior-knowledge)
fi
if [[ -n ${COUNTERSIGN_CERT_FILE:-} ]]; then
  options+=(--cert "$COUNTERSIGN_CERT_FILE" --key "$COUNTERSIGN_KEY_FILE")
fi
if [[ -n ${COUNTERSIGN_TOKEN_FILE:-} ]]; then
  options+=(--header "authorization: Bearer $(<"$COUNTERSIGN_TOKEN_FILE")")
fi

# call RPC JSON: prints the answer, or the error with its details.
call() {
  buf curl "${options[@]}" --data "$2" "$base/countersign.mfa.v1.MfaService/$1" 2>&1 | with_details
}

# with_details: repeats the input, and after it the details of an error, which buf curl leaves in base64 without its padding.
with_details() {
  local answer type value
  answer=$(cat)
  echo "$answer"
  for type in ErrorInfo BadRequest RetryInfo; do
    value=$(grep -A 1 "\"google.rpc.$type\"" <<<"$answer" | sed -nE 's/.*"value": "(.*)"/\1/p')
    [[ -n $value ]] || continue
    while ((${#value} % 4 > 0)); do value+==; done
    base64 -d <<<"$value" | buf convert ../../proto-deps --type "google.rpc.$type" --from -#format=binpb
  done
}

tell
