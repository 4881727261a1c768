#!/usr/bin/env bash
# Installs what the tests need from the system: git for repositories, chromium for the pages, Postgres.
# Where it may not install, it prints the command and fails.
set -euo pipefail

missing=()
command -v git >/dev/null || missing+=(git)
command -v chromium >/dev/null || missing+=(chromium)
# Debian keeps Postgres' programs off the PATH; the tests start a server of their own.
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get update && apt-get install --yes --no-install-recommends ${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "The tests need: ${missing[*]}. Install them with this system's package manager." >&2
  exit 1
elif [ "$(id -u)" -eq 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  bash -c "$install" >&2
elif sudo -n true 2>/dev/null; then
  sudo -n env DEBIAN_FRONTEND=noninteractive bash -c "$install" >&2
else
  echo "The tests need: ${missing[*]}. Run: sudo bash -c '$install'" >&2
  exit 1
fi
