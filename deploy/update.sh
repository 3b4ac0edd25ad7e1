#!/bin/sh
# A new version of the app of compose.cluster.yml, without a gap: as many new processes beside the old ones, which end
# when the new are healthy. When the new are not within two minutes, they end and the old ones serve on.
set -eu
cd "$(dirname "$0")/.."

old=$(docker compose ps --quiet app)
if [ -z "$old" ]; then
  echo 'The app does not run yet: docker compose up -d --build' >&2
  exit 1
fi
docker compose build app
# --no-recreate keeps the old containers as they are; those that --scale adds are made from the new image.
if docker compose up --detach --no-deps --no-recreate --wait --wait-timeout 120 \
  --scale "app=$(($(echo "$old" | wc -l) * 2))" app; then
  # -t and not its long name, which is another one before Docker 28.
  echo "$old" | xargs docker stop -t 12
  echo "$old" | xargs docker rm
  # Caddy reads its file as Git left it; and the image of the old version goes.
  docker compose exec -T caddy caddy reload --config /etc/caddy/Caddyfile
  docker image prune --force
else
  docker compose ps --all --quiet app | grep -vxF "$old" | xargs -r docker rm --force
  echo 'The new version does not become healthy: it is removed, and the old one serves on.' >&2
  exit 1
fi
