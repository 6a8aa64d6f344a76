#!/usr/bin/env bash
# Makes a virtual environment in the named folder with the first Python 3.11 to 3.13 found that can make one.
set -euo pipefail
folder="$1"
here="$(dirname "${BASH_SOURCE[0]}")"

find_python() {
    local python
    for python in ${PYTHON:-python3 python3.11 python3.12 python3.13}; do
        # Debian splits ensurepip off, and version managers leave names on the path that do not run: try, don't trust.
        if "$python" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    return 1
}

if ! python="$(find_python)"; then
    "$here/system_packages.sh" python3 python3-venv
    if ! python="$(find_python)"; then
        echo "SPA Desktop needs Python 3.11, 3.12 or 3.13 with venv: install one, or name it with PYTHON=/path/to/python3" >&2
        exit 1
    fi
fi
"$python" -m venv "$folder"
