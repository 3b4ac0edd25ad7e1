#!/usr/bin/env bash
# docker compose up, as README says it, and a story over HTTP: register, see the dashboard, restart, still be signed in, sign out.
set -euo pipefail
cd "$(dirname "$0")/../.."
docker info >/dev/null 2>&1 || { echo 'No Docker answers here.' >&2; exit 1; }

export COMPOSE_PROJECT_NAME="story-$$" PORT="${PORT:-3190}" DATABASE_PORT="${DATABASE_PORT:-27190}"
origin="http://localhost:$PORT"
cookies=$(mktemp)
trap 'docker compose logs --tail 30; docker compose down --volumes; rm -f "$cookies"' EXIT

# The status of an answer: a page, or a form whose fields follow.
status() {
  local path=$1 fields=()
  shift
  for field in "$@"; do fields+=(--data-urlencode "$field"); done
  curl --silent --output /dev/null --write-out '%{http_code}' --cookie "$cookies" --cookie-jar "$cookies" \
    --header "Origin: $origin" "${fields[@]}" "$origin$path"
}
expect() {
  local wanted=$1 found
  shift
  found=$(status "$@")
  echo "$1 answered $found"
  [ "$found" = "$wanted" ] || { echo "It should have answered $wanted." >&2; exit 1; }
}

docker compose up --detach --build --wait
expect 200 /readyz
expect 303 /dashboard
expect 303 /register 'name=Ada' 'email=ada@example.com' 'password=seven green bicycles'
expect 200 /dashboard
docker compose restart app
docker compose up --detach --wait
expect 200 /dashboard
expect 303 /logout 'now=yes'
expect 303 /dashboard
echo 'Registered, signed in after a restart, signed out.'
