#!/usr/bin/env bash
# Installs the named Debian packages that are missing, if we may; otherwise names them in one line and goes on.
set -euo pipefail

if ! command -v dpkg-query >/dev/null; then
    echo "No dpkg here. If something fails to load, install what these Debian packages hold: $*" >&2
    exit 0
fi

missing=()
for package in "$@"; do
    status="$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)"
    [[ $status == "install ok installed" ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ((EUID == 0)); then
    as_root=(env)
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n env)
else
    echo "Missing system packages, going on without them: sudo apt-get install ${missing[*]}" >&2
    exit 0
fi

# apt's own output is long and goes to stderr, so that a caller's stdout stays its own.
apt() { "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >&2; }
install() { apt install -y --no-install-recommends "$@"; }
apt update || true
if ! install "${missing[@]}"; then
    # One that this system does not have keeps none of the others away.
    for package in "${missing[@]}"; do
        install "$package" || echo "apt could not install $package, going on without it" >&2
    done
fi
