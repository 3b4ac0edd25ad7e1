#!/bin/sh
# Generates the passwords and keys of docker-compose.yml once, and rewrites the connection string, which holds one of them.
# "new-key" puts a new key for cookies in front of the old ones, "drop-old-keys" keeps only the first one.
set -eu
umask 077
cd "${SECRETS_FOLDER:-/run/secrets}"

# $1: the file, $2: bytes of randomness. Renamed when complete, so that no start ever finds half a key.
make() {
  [ -s "$1" ] && return
  head -c "$2" /dev/urandom | base64 | tr -d '\n' >"$1.new"
  mv "$1.new" "$1"
}

make root-password 24
make database-password 24
make secret-key 32
make replica-set-key 384

case "${1:-}" in
  new-key) keys=$(head -c 32 /dev/urandom | base64),$(cat secret-key) ;;
  drop-old-keys) keys=$(cut -d , -f 1 secret-key) ;;
  *) keys= ;;
esac
if [ "$keys" ]; then
  printf '%s' "$keys" >secret-key.new
  mv secret-key.new secret-key
fi

# Characters of base64 that mean something else in a connection string.
password=$(sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g' database-password)
# No TLS on the network that Compose creates for these containers alone.
printf '%s' "mongodb://app:$password@$DATABASE_HOSTS/app?tls=false${DATABASE_OPTIONS:-}" >database-url

# The app's user in its image, and MongoDB's in its own: neither can read the other's.
if [ "$(id -u)" = 0 ]; then
  chmod 711 .
  chown 1000 database-url secret-key
  chown 999 root-password database-password replica-set-key
fi
