#!/usr/bin/env bash
# Installs and starts the built app as in production, with the local MongoDB, and checks that it is ready.
set -euo pipefail
cd "$(dirname "$0")/.."

export DATABASE_PORT="${DATABASE_PORT:-27127}" PORT="${PORT:-3100}"
export NODE_ENV=production DATABASE_URL="mongodb://127.0.0.1:$DATABASE_PORT/start_built_app"
SECRET_KEY=$(node -p 'crypto.randomBytes(32).toString("base64url")')
export SECRET_KEY
export MAIL=off
folder=$(mktemp -d)
trap 'kill -TERM ${app:-} ${db:-} 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

DATA_FOLDER="$folder" node --import tsx dev/db.ts & db=$!
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$DATABASE_PORT") 2>/dev/null && break
  sleep 0.1
done
cp -r dist views public resources package.json package-lock.json .npmrc "$folder"
(cd "$folder" && npm ci --omit=dev --no-audit --no-fund)
(cd "$folder" && exec node dist/server.js) & app=$!
for _ in $(seq 100); do
  answer=$(curl -fsS "http://127.0.0.1:$PORT/readyz" 2>/dev/null) && break
  sleep 0.1
done
echo "The built app says: ${answer:?The built app did not become ready}"
