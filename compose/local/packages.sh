#!/bin/sh
# Installs the Debian packages that VMS needs on this machine: packages.sh run|test
# Services that come with them are not started. Without root it names the command to run instead.
set -eu

purpose=${1:?write run or test}
cd "$(dirname "$0")/../.."

lacking=""
command_from() { command -v "$1" >/dev/null 2>&1 || lacking="$lacking $2"; }
file_from() { [ -e "$1" ] || lacking="$lacking $2"; }

command_from ffmpeg ffmpeg
command_from nginx nginx-core
file_from /usr/lib/nginx/modules/ngx_rtmp_module.so libnginx-mod-rtmp
file_from /usr/lib/nginx/modules/ngx_stream_module.so libnginx-mod-stream
command_from redis-server redis-server
command_from openssl openssl
command_from setpriv util-linux
file_from /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core
command_from python3 python3
command_from node nodejs
command_from npm npm
python3 -c 'import venv, ensurepip' 2>/dev/null || lacking="$lacking python3-venv"
if [ "$purpose" = test ]; then
    command_from chromium chromium
    file_from /usr/lib/postgresql/15/bin/initdb postgresql-15
    command_from ip iproute2
    command_from mkfs.ext4 e2fsprogs
    command_from pgrep procps
    command_from mount mount
fi

[ -n "$lacking" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Packages are missing:$lacking" >&2
    echo "Install them with:  sudo sh compose/local/packages.sh $purpose" >&2
    exit 1
fi

# PostgreSQL makes no cluster of its own.
if [ "$purpose" = test ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
# shellcheck disable=SC2086  # a list of names
exec sh compose/local/install.sh $lacking
