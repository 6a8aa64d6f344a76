#!/usr/bin/env bash
# Collects the texts of the window into the .ts files, and makes the .qm files that the app loads. Says what is untranslated.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
for ts in resources/translations/*.ts; do
  $bin/pyside6-lupdate -silent -no-obsolete -disable-heuristic similartext -locations none $(find spa_desktop -name '*.py' | sort) -ts "$ts"
  $bin/pyside6-lrelease "$ts" -qm "${ts%/*}/spa-desktop_$(basename "${ts%.ts}").qm"
done
