#!/bin/sh
# Installs Debian packages that a bench measures with or against: packages.sh wrk motion …
# Services that come with them are not started. Without root it names the command to run instead.
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
echo "installing:$lacking"
# What the packages would start is denied for as long as this script runs (policy-rc.d, Debian policy 9.3.3.1).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # a list of names
apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $lacking >/dev/null
