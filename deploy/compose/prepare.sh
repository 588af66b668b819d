#!/bin/sh
# Makes what compose.yaml needs and must not be shared: passwords, signing keys, the mail catcher's certificate and the first encryption key.
# What already exists stays. Needs openssl and docker.
set -eu
cd "$(dirname "$0")"

# Only their owner can enter the folders; the files inside are mounted into containers whose users differ.
umask 022
mkdir -p secrets keys
chmod 700 secrets keys
for name in postgres-password owner-password app-password jwt-secret; do
  [ -e "secrets/$name" ] || openssl rand -base64 48 | tr -d '\n' >"secrets/$name"
done
[ -e secrets/mail.crt ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
  -keyout secrets/mail.key -out secrets/mail.crt -subj /CN=mail -addext subjectAltName=DNS:mail 2>/dev/null
chmod 644 secrets/mail.key

# Servers run as the owner of the keys, whom alone a key file may be readable to; never as root.
user=$(id -u)
if [ "$user" = 0 ]; then
  user=65532
  chown "$user" keys
fi
echo "COUNTERSIGN_USER=$user" >.env

docker compose build
if [ ! -e keys/primary ]; then
  docker run --rm --user "$user" --volume "$PWD/keys:/keys" countersign:local keys generate --dir /keys
  echo "Keep a copy of deploy/compose/keys elsewhere: without it every enrolment is lost."
fi
