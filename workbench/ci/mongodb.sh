#!/usr/bin/env bash
# The project's tests against a MongoDB of MongoDB's own image: workbench/ci/mongodb.sh 8, or as a replica set of one:
# workbench/ci/mongodb.sh 8 replica-set
set -euo pipefail
cd "$(dirname "$0")/../.."
docker info >/dev/null 2>&1 || { echo 'No Docker answers here.' >&2; exit 1; }

image="mongo:${1:?Say which version: workbench/ci/mongodb.sh 8}" kind="${2:-alone}"
name="test-mongodb-$$" port="${DATABASE_PORT:-27117}"
options=(--bind_ip 127.0.0.1 --port "$port")
query=
if [ "$kind" = replica-set ]; then
  options+=(--replSet rs0)
  query='?replicaSet=rs0'
fi

# The host's own network: a member of a replica set is reached at the address that it knows itself by.
docker run --detach --rm --network host --name "$name" "$image" "${options[@]}" >/dev/null
trap 'docker stop "$name" >/dev/null' EXIT
ask() { docker exec "$name" mongosh --quiet --port "$port" --eval "$1"; }
wait_for() {
  for _ in $(seq 60); do
    [ "$(ask "$1" 2>/dev/null | tail -n 1)" = true ] && return
    sleep 1
  done
  echo "$image did not become ready." >&2
  docker logs "$name" 2>&1 | tail -n 20 >&2
  return 1
}
wait_for 'db.hello().ok === 1'
if [ "$kind" = replica-set ]; then ask "rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: '127.0.0.1:$port' }] })"; fi
wait_for 'db.hello().isWritablePrimary'
ask 'print(`MongoDB ${db.version()}`)'
DATABASE_URL="mongodb://127.0.0.1:$port/$query" npm test
