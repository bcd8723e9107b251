#!/bin/sh
# Makes this checkout ready: Debian packages, Python packages in .venv, front-end packages. prepare.sh run|test
# What is there already is left alone, so a second run takes a moment.
set -eu

purpose=${1:?write run or test}
cd "$(dirname "$0")/../.."
sh compose/local/packages.sh "$purpose"

# A stamp holds the checksum of what was installed; it is written last, so that an interrupted run starts again.
fresh() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

requirements=requirements.txt
[ "$purpose" = run ] || requirements=requirements-dev.txt
wanted=$(cat requirements.txt "$requirements" | sha256sum)
if ! fresh ".venv/.installed-$purpose" "$wanted"; then
    echo "installing Python packages into .venv"
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
    echo "$wanted" >".venv/.installed-$purpose"
fi

wanted=$(cat package-lock.json compose/local/vendor.mjs | sha256sum)
if ! fresh var/vendor/.installed "$wanted"; then
    echo "installing front-end packages"
    npm ci --silent --no-audit --no-fund
    node compose/local/vendor.mjs
    echo "$wanted" >var/vendor/.installed
fi
