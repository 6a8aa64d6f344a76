#!/usr/bin/env bash
# Puts SPA Desktop into the menu of this user and opens .spa files with it: ./install.sh [PROGRAM]; --remove takes it out.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
share="${XDG_DATA_HOME:-$HOME/.local/share}"
id=io.github.spa_desktop.SpaDesktop
entry="$share/applications/$id.desktop"
kind="$share/mime/packages/$id.xml"
thumbnailer="$share/thumbnailers/$id.thumbnailer"
icons="$share/icons/hicolor/scalable"

refresh() {
    if command -v update-mime-database >/dev/null && [[ -d $share/mime ]]; then update-mime-database "$share/mime"; fi
    if command -v update-desktop-database >/dev/null; then update-desktop-database "$share/applications"; fi
}

if [[ ${1:-} == --remove ]]; then
    rm -f "$entry" "$kind" "$thumbnailer" "$icons/apps/$id.svg" "$icons/mimetypes/application-x-spa-desktop.svg"
    refresh
    echo "Removed from the menu"
    exit 0
fi

# In the bundle the program lies one folder up; otherwise it is the one that is installed.
program="${1:-$here/../spa-desktop}"
if [[ ! -x $program ]]; then program="$(command -v spa-desktop || true)"; fi
if [[ -z $program ]]; then
    echo "spa-desktop is not on the path: ./install.sh PROGRAM names it" >&2
    exit 2
fi
program="$(realpath "$program")"

mkdir -p "${entry%/*}" "${kind%/*}" "${thumbnailer%/*}" "$icons/apps" "$icons/mimetypes"
# In a desktop file a backslash, a quote, a dollar and a backtick inside quotes are written with a backslash, a percent twice.
quoted="$(printf '%s' "$program" | sed -e 's/\\/\\\\\\\\/g' -e 's/"/\\\\"/g' -e 's/\$/\\\\$/g' -e 's/`/\\\\`/g' -e 's/%/%%/g')"
for name in desktop thumbnailer; do
    while IFS= read -r line; do
        case $line in
            Exec=*) printf 'Exec="%s"%s\n' "$quoted" "${line#Exec=spa-desktop}" ;;
            TryExec=*) printf 'TryExec=%s\n' "$program" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done <"$here/$id.$name" >"$share/$([[ $name == desktop ]] && echo applications || echo thumbnailers)/$id.$name"
done
cp "$here/$id.xml" "$kind"
cp "$here/$id.svg" "$icons/apps/$id.svg"
cp "$here/$id.svg" "$icons/mimetypes/application-x-spa-desktop.svg"
refresh
echo "SPA Desktop is in the menu, and opens .spa files: $program"
