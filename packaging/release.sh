#!/usr/bin/env bash
# Builds and checks what a release consists of, in dist/, and says what a person has to do: release.sh HOME_URL PYTHON
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
home="${1%/}" python="$(realpath -s "$2")" id=io.github.spa_desktop.SpaDesktop
stop() { echo "$1" >&2; exit 2; }

[[ $home == https://* ]] || stop "The packages name the project's address: make release HOME_URL=https://host/owner/name"
[[ -z $(git status --porcelain) ]] || stop "Commit or remove what git status lists: a release is built from a commit"
version="$("$python" -c 'import runpy; print(runpy.run_path("spa_desktop/version.py")["__version__"])')"
export SOURCE_DATE_EPOCH SPA_DESKTOP_HOME="$home"
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)"
packed=(build/spa-desktop.tar.zst build/spa-desktop.deb build/spa-desktop.AppImage) # where they were made
for file in "${packed[@]}"; do
    [[ ! -f $file || $(stat -c %Y "$file") -ge $SOURCE_DATE_EPOCH ]] || stop "$file is older than this commit: make it anew, or remove it"
done
rm -rf dist build/release
mkdir -p dist build/release
packaging/linux/metainfo.sh "$home" >"build/release/$id.metainfo.xml" # stops where CHANGELOG.md has no such version
appstreamcli validate --no-net "build/release/$id.metainfo.xml"
desktop-file-validate "packaging/linux/$id.desktop"

tools=build/release/tools
"$python" -m venv "$tools"
"$tools/bin/pip" --quiet install build hatchling twine check-wheel-contents cyclonedx-bom
git archive --prefix=source/ HEAD | tar -x -C build/release # nothing but what is committed
for folder in dist build/release/again; do
    "$tools/bin/python" -m build --no-isolation --outdir "$folder" build/release/source >/dev/null
done
for file in dist/*; do
    cmp "$file" "build/release/again/${file##*/}" || stop "$file was built twice, and came out differently"
done
"$tools/bin/twine" check --strict dist/*
"$tools/bin/check-wheel-contents" dist/*.whl

# The list of parts is that of a fresh installation with everything in it.
"$python" -m venv build/release/installed
build/release/installed/bin/pip --quiet install "$(echo dist/*.whl)[window,openai,export,ray]"
rm build/release/installed/lib/python3*/site-packages/spa_desktop-*.dist-info/direct_url.json # names a folder of this computer
[[ $(build/release/installed/bin/spa-desktop --version) == *"$version"* ]] || stop "The wheel does not run"
"$tools/bin/cyclonedx-py" environment --output-reproducible --of JSON \
    --output-file "dist/spa_desktop-$version.cdx.json" build/release/installed/bin/python
for file in "${packed[@]}"; do
    if [[ -f $file ]]; then cp "$file" dist/; fi
done
(cd dist && sha256sum -- * >SHA256SUMS)
cat dist/SHA256SUMS
cat <<END

Built twice with the same bytes, and checked. What is left for a person:
  1. git tag -s v$version && git push origin v$version   pictures and links of the README lead to that tag
  2. $tools/bin/twine upload dist/*.whl dist/*.tar.gz    with a token of the index
  3. Put dist/ beside the tag, with SHA256SUMS signed: gpg --armor --detach-sign dist/SHA256SUMS
  4. For Flathub: own the name $id, or change it in packaging/linux and spa_desktop/ui/app.py
  5. Bundles for other systems are made and tried there: make bundle, make bundle-test
END
