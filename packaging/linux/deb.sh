#!/usr/bin/env bash
# Makes a Debian package of the bundle: deb.sh BUNDLE VERSION OUT.deb DEPENDS...
set -euo pipefail
bundle="$(realpath "$1")" version="$2" out="$3"
shift 3

id=io.github.spa_desktop.SpaDesktop
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
share="$root/usr/share"
mkdir -p "$root/DEBIAN" "$root/opt" "$root/usr/bin" "$share/applications" "$share/mime/packages" "$share/metainfo" "$share/thumbnailers" "$share/doc/spa-desktop" \
    "$share/icons/hicolor/scalable/apps" "$share/icons/hicolor/scalable/mimetypes"
# Hard links where the file system can: the bundle is a gigabyte.
cp -rl "$bundle" "$root/opt/spa-desktop" 2>/dev/null || { rm -rf "$root/opt/spa-desktop" && cp -r "$bundle" "$root/opt/spa-desktop"; }
ln -s /opt/spa-desktop/spa-desktop "$root/usr/bin/spa-desktop"
cp "$bundle/linux/$id.desktop" "$share/applications/"
cp "$bundle/linux/$id.xml" "$share/mime/packages/"
cp "$bundle/linux/$id.metainfo.xml" "$share/metainfo/"
cp "$bundle/linux/$id.thumbnailer" "$share/thumbnailers/"
cp "$bundle/linux/$id.svg" "$share/icons/hicolor/scalable/apps/$id.svg"
cp "$bundle/linux/$id.svg" "$share/icons/hicolor/scalable/mimetypes/application-x-spa-desktop.svg"
cp "$bundle/LICENSE" "$share/doc/spa-desktop/copyright"

if [[ -f $bundle/linux/spa-desktop.1 ]]; then # made by make docs
    mkdir -p "$share/man/man1"
    gzip -9n <"$bundle/linux/spa-desktop.1" >"$share/man/man1/spa-desktop.1.gz"
fi

depends="$(printf ', %s' "$@")"
cat >"$root/DEBIAN/control" <<END
Package: spa-desktop
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: SPA Desktop contributors <spa-desktop@localhost>
Section: science
Priority: optional
Installed-Size: $(du -sk "$root/opt" | cut -f1)
Depends: ${depends#, }
Description: teach an image classifier, class by class, on your own computer
 Drop folders of photos: each is a class. What was learned is kept when more
 is learned, without the old photos, and nothing leaves the computer unasked.
END
dpkg-deb --root-owner-group -Zzstd --build "$root" "$out"
