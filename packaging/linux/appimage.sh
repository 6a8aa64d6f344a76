#!/usr/bin/env bash
# Makes an AppImage of the bundle: appimage.sh BUNDLE OUT.AppImage. Without appimagetool the folder OUT.AppDir is left, which runs.
set -euo pipefail
bundle="$(realpath "$1")" out="$2" id=io.github.spa_desktop.SpaDesktop
folder="${out%.AppImage}.AppDir"

rm -rf "$folder"
mkdir -p "$folder/usr/share/metainfo"
cp -rl "$bundle" "$folder/opt" 2>/dev/null || { rm -rf "$folder/opt" && cp -r "$bundle" "$folder/opt"; }
cp "$bundle/linux/$id.desktop" "$bundle/linux/$id.svg" "$folder/"
cp "$bundle/linux/$id.metainfo.xml" "$folder/usr/share/metainfo/$id.appdata.xml"
# shellcheck disable=SC2016 # the script expands them when it runs
printf '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/opt/spa-desktop" "$@"\n' >"$folder/AppRun"
chmod 755 "$folder/AppRun"
if ! command -v appimagetool >/dev/null; then
    echo "$folder is ready. Packing it needs appimagetool (https://github.com/AppImage/appimagetool) on the path" >&2
    exit 1
fi
ARCH="$(uname -m)" appimagetool "$folder" "$out"
