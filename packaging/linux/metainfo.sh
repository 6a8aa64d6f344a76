#!/usr/bin/env bash
# Prints the AppStream description with the addresses and the release of this version: metainfo.sh https://host/owner/name
set -euo pipefail
home="${1%/}" here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
version="$(sed -nE 's/^__version__ = "(.*)"/\1/p' "$root/spa_desktop/version.py")"
day="$(sed -nE "s/^## \[${version//./\\.}\] - ([0-9-]{10})$/\1/p" "$root/CHANGELOG.md")"
if [[ -z $day ]]; then
    echo "CHANGELOG.md has no line \"## [$version] - YEAR-MONTH-DAY\": cut the version there first" >&2
    exit 2
fi
while IFS= read -r line; do
    if [[ $line != *'<!--'* ]]; then
        printf '%s\n' "$line"
        continue
    fi
    printf '  <url type="%s">%s</url>\n' homepage "$home" bugtracker "$home/issues" vcs-browser "$home"
    echo '  <screenshots>'
    kind=' type="default"'
    for picture in classes:'Classes, in tasks' explain:'What supported a class, in the photo' results:'What is remembered after each task'; do
        printf '    <screenshot%s>\n      <image>%s</image>\n      <caption>%s</caption>\n    </screenshot>\n' \
            "$kind" "$home/raw/v$version/docs/screenshots/${picture%%:*}.webp" "${picture#*:}"
        kind=''
    done
    printf '  </screenshots>\n  <releases>\n    <release version="%s" date="%s"/>\n  </releases>\n' "$version" "$day"
done <"$here/io.github.spa_desktop.SpaDesktop.metainfo.xml"
