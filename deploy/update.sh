#!/bin/sh
# Puts a commit live with compose.cluster.yml, HEAD or another one: deploy/update.sh [COMMIT]
# New processes start beside the old ones. Once they are healthy, .env names the commit as APP_VERSION and the old ones stop;
# if they are not within two minutes, they are removed. The next run repairs an interruption at any point.
set -eu
cd "$(dirname "$0")/.."
exec 9<deploy/update.sh
flock --nonblock 9 || { echo 'Another update is running.' >&2 && exit 1; }

commit=$(git rev-parse --short=12 "${1:-HEAD}^{commit}")
[ -z "$(git status --porcelain --untracked-files=no)" ] || echo "Building $commit, without your uncommitted changes."
live=$(sed -n 's/^APP_VERSION=//p' .env 2>/dev/null || :)
export APP_VERSION="$commit"
project=$(docker compose config | sed -n 's/^name: //p')
processes=$(docker compose config app | sed -n 's/^ *replicas: "\{0,1\}\([0-9]*\).*/\1/p')
if [ -z "$processes" ]; then
  echo 'Add this line to .env: COMPOSE_FILE=docker-compose.yml:compose.cluster.yml' >&2
  exit 1
fi

# The containers of the app, stopped ones included, or those that a filter leaves: "ID IMAGE", a line each.
containers() {
  docker ps --all --no-trunc --format '{{.ID}} {{.Image}}' \
    --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.service=app "$@"
}
stop() {
  # -t and not its long name, which changed in Docker 28.
  echo "$1" | xargs -r docker stop -t 12 >/dev/null
  echo "$1" | xargs -r docker rm >/dev/null
}

# Left by an interrupted run: stopped processes, and those of a version other than the one in .env.
stop "$(containers --filter status=created --filter status=exited --filter status=dead | cut -d ' ' -f 1)"
if containers | grep -q " $project-app:$live\$"; then
  stop "$(containers | grep -v " $project-app:$live\$" | cut -d ' ' -f 1)"
fi
old=$(containers | cut -d ' ' -f 1)
new() { containers | cut -d ' ' -f 1 | grep -vxF "$old" || :; }

# A commit's image is built once, from Git, so its tag always means the same, regardless of local file modes.
image=$project-app:$commit
docker image inspect "$image" >/dev/null 2>&1 ||
  git archive "$commit" | docker build --pull --label "com.docker.compose.project=$project" --tag "$image" -

undo() {
  log=$(new | head -n 1 | xargs -r docker logs --tail 5 2>&1 || :)
  new | xargs -r docker rm --force >/dev/null
  echo "${log:-$(docker compose logs --no-log-prefix --tail 5 prepare-mongo 2>&1)}" >&2
  echo "$commit didn't become healthy and was removed.${old:+ The old version is still running.}" >&2
}
trap undo EXIT
trap 'exit 1' HUP INT TERM

# --no-recreate leaves what runs alone; those that --scale adds are made from the new image. Not with --no-deps: this
# starts what the app needs, and Compose 2.26 would recreate them at the next "docker compose up".
docker compose up --detach --no-recreate --scale "app=$(($(containers | wc -l) + processes))" app
end=$(($(date +%s) + 120))
until states=$(docker inspect --format '{{.State.Health.Status}} {{.RestartCount}}' $(new)) &&
  ! echo "$states" | grep -qv '^healthy'; do
  if echo "$states" | grep -q -e '^unhealthy' -e ' [3-9]$' || [ "$(date +%s)" -gt "$end" ]; then exit 1; fi
  sleep 1
done

[ ! -e .env ] || cp -p .env .env.new # with its owner and mode
{ grep -v '^APP_VERSION=' .env 2>/dev/null || :; echo "APP_VERSION=$commit"; } >.env.new
mv .env.new .env
trap - EXIT
stop "$old"
# Caddy reads its file as Git left it, and the images of old versions go.
if [ "$(docker compose ps --quiet caddy)" ]; then
  docker compose exec -T caddy caddy reload --config /etc/caddy/Caddyfile
else
  docker compose up --detach --no-recreate
fi
docker image prune --all --force --filter "label=com.docker.compose.project=$project" >/dev/null
echo "$commit is live."
