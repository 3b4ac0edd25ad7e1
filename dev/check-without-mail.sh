#!/usr/bin/env bash
# Takes the mail part out of a copy of this project, and checks and tests what is left.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents -t "$copy"
ln -s "$PWD/node_modules" "$copy/node_modules"
cd "$copy"
npm run without-mail
if grep -riE 'smtp|nodemailer|mailbox' src dev views test docs .env.example README.md package.json; then
  echo 'Something of the mail part is left.' && exit 1
fi
npm run check
npm test -- "$@"
