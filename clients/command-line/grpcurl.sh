#!/usr/bin/env bash
# A login by text message from the shell with grpcurl, which asks the service for its protos by reflection.
set -euo pipefail
cd "$(dirname "$0")"
source ./story.sh

options=()
if [[ -n ${COUNTERSIGN_CA_FILE:-} ]]; then
  options+=(-cacert "$COUNTERSIGN_CA_FILE")
else
  options+=(-plaintext)
fi
if [[ -n ${COUNTERSIGN_CERT_FILE:-} ]]; then
  options+=(-cert "$COUNTERSIGN_CERT_FILE" -key "$COUNTERSIGN_KEY_FILE")
fi
if [[ -n ${COUNTERSIGN_TOKEN_FILE:-} ]]; then
  options+=(-H "authorization: Bearer $(<"$COUNTERSIGN_TOKEN_FILE")")
fi

# call RPC JSON: prints the answer, or the error with its details.
call() { go tool grpcurl "${options[@]}" -d "$2" "$target" "countersign.mfa.v1.MfaService/$1" 2>&1; }

tell
