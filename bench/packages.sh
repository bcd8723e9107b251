#!/bin/sh
# Installs the Debian packages of programs that a bench measures with or against: packages.sh wrk motion …
# Without root it names the command to run instead.
set -eu

lacking=""
for name in "$@"; do
    command -v "$name" >/dev/null 2>&1 || lacking="$lacking $name"
done
[ -n "$lacking" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Packages are missing. Install them with:  sudo sh bench/packages.sh$lacking" >&2
    exit 1
fi
# shellcheck disable=SC2086  # a list of names
exec sh "$(dirname "$0")/../compose/local/install.sh" $lacking
