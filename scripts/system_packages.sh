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
export_quietly=(DEBIAN_FRONTEND=noninteractive)
if ! {
    "${as_root[@]}" "${export_quietly[@]}" apt-get update -qq &&
        "${as_root[@]}" "${export_quietly[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}"
} >&2; then
    echo "apt could not install these, going on without them: ${missing[*]}" >&2
fi
