# Every target sets itself up on a bare machine: system packages where they are missing, a virtual environment, the app.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
APP := $(VENV)/bin/spa-desktop
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
# Where it is set, each process of a test compiles torch anew, which takes longer than most tests.
unexport PYTHONDONTWRITEBYTECODE
DEMO := build/demo
SCREENSHOTS := build/screenshots
BUNDLE := build/bundle/spa-desktop
GRADIO := build/gradio
PROJECT ?=
# Tests wait for timers and processes a good part of their time: one more worker than the two cores of a small machine.
WORKERS ?= 3
# Accuracy is measured on the data sets in here, and the encoder's speed on their photos; without, on the demo's.
DATA ?= ../shared/data
BENCH ?= quick
MINUTES ?= 120
BENCH_OUT := build/bench
# Where the project is found, as https://host/owner/name: a release puts it on its pages and packages. A clone may know
# it with a name and a token in front, which nobody else is to see, and with .git behind, where no page lies.
HOME_URL ?= $(shell git remote get-url origin 2>/dev/null | sed -nE 's|^https://([^/]*@)?(.*)|https://\2|p' | sed -E 's|(\.git)?/*$$||')
ID := io.github.spa_desktop.SpaDesktop
SHARE ?= 1
PYTHON ?= python3.11

RUN_PACKAGES := libpulse0 libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 \
	libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 \
	libdbus-1-3 libfontconfig1 fonts-dejavu-core
# Ubuntu has Chromium as a snap alone, which sees no folder of a test; another browser that is there will do.
TEST_PACKAGES := $(RUN_PACKAGES) xvfb openbox strace exiv2 libimage-exiftool-perl $(if $(shell command -v chromium google-chrome),,chromium)

.PHONY: help install run demo test lint style bench bench-gpu bundle deb appimage release install-test bundle-test faults egress long-life truth screenshots docs docs-test clean run-packages test-packages

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

install: $(VENV)/.installed | run-packages ## make .venv with the app in it
	@echo "Installed. Start the window with: $(APP)"

run: $(VENV)/.installed | run-packages ## open the window (PROJECT=file.spa opens that project)
	$(APP) $(PROJECT)

demo: $(VENV)/.installed | run-packages ## run the whole loop on the demo photos, without a window
	@rm -rf $(DEMO)
	$(APP) demo $(DEMO)

# Bytecode is kept whatever the environment says: hundreds of processes of the tests import the app.
# Types are checked beside the tests: it takes a minute of one core, where nothing is kept from the last time.
test: style | test-packages ## lint, and run every test but those of `make docs-test`
	$(VENV)/bin/mypy & types=$$!; \
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--ignore tests/test_site.py --ignore tests/test_stories.py || failed=$$?; \
	wait $$types; exit $${failed:-0}

lint: style ## ruff, mypy and the arrows between packages
	$(VENV)/bin/mypy

style: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-logo

bench: $(VENV)/.installed-dev ## tables of speed, window and accuracy, in minutes (BENCH=full: in hours, five class orders, all ablations)
	@mkdir -p $(BENCH_OUT)
	$(PY) -m benchmarks.speed $(if $(filter full,$(BENCH)),,--quick) --out $(BENCH_OUT)/speed.json \
		$(if $(wildcard $(DATA)/caltech40/test),--photos $(DATA)/caltech40/test) | tee $(BENCH_OUT)/speed.md
	$(PY) -m benchmarks.ui_latency | tee $(BENCH_OUT)/window.md
	$(if $(wildcard $(DATA)/*/test),$(PY) -m benchmarks.accuracy $(DATA) --out $(BENCH_OUT) \
		$(if $(filter full,$(BENCH)),--full --pictures docs/bench) | tee $(BENCH_OUT)/accuracy.md, \
		@echo "No data sets in $(DATA): accuracy is left out (DATA=folder names another)")

bench-gpu: $(VENV)/.installed-dev ## the whole method on a graphics card beside the processor
	$(PY) -m benchmarks.gpu

bundle: $(VENV)/.installed-bundle | run-packages ## one folder with everything in it, and its .tar.zst, in build/
	$(PY) -m PyInstaller --noconfirm --log-level WARN --distpath build/bundle --workpath build/bundle-work packaging/bundle.spec
	cp -r packaging/linux $(BUNDLE)/linux
	cp resources/icons/app.svg $(BUNDLE)/linux/$(ID).svg
	$(if $(HOME_URL),packaging/linux/metainfo.sh $(HOME_URL) >$(BUNDLE)/linux/$(ID).metainfo.xml)
	$(if $(wildcard build/man/spa-desktop.1),cp build/man/spa-desktop.1 $(BUNDLE)/linux/)
	cp LICENSE README.md $(BUNDLE)/
	$(PY) packaging/sizes.py $(BUNDLE) | tee build/bundle-sizes.md
	scripts/system_packages.sh zstd
	tar --directory build/bundle --use-compress-program 'zstd -12 -T0' --create --file build/spa-desktop.tar.zst spa-desktop
	@du -h build/spa-desktop.tar.zst

deb: | run-packages ## a Debian package of the bundle, in build/
	$(if $(wildcard $(BUNDLE)/spa-desktop),,$(MAKE) bundle)
	packaging/linux/deb.sh $(BUNDLE) "$$($(BUNDLE)/spa-desktop --version)" build/spa-desktop.deb $(RUN_PACKAGES)
	@du -h build/spa-desktop.deb

appimage: | run-packages ## one file that runs on most Linux systems, in build/ (needs appimagetool)
	$(if $(wildcard $(BUNDLE)/spa-desktop),,$(MAKE) bundle)
	packaging/linux/appimage.sh $(BUNDLE) build/spa-desktop.AppImage

release: | test-packages $(PY) ## wheel, source, list of parts and checksums in dist/ (HOME_URL=https://host/owner/name), and what is left to do
	scripts/system_packages.sh appstream desktop-file-utils
	packaging/release.sh "$(HOME_URL)" $(PY)

bundle-test: | test-packages ## build the bundle if it is not there, and try it without Python on the path
	$(if $(wildcard $(BUNDLE)/spa-desktop),,$(MAKE) bundle)
	SPA_DESKTOP_BUNDLE=$(BUNDLE) $(PY) -m pytest -p no:cacheprovider -o faulthandler_timeout=1300 packaging/test_bundle.py

install-test: $(VENV)/.installed-dev | test-packages ## README's lines of installation in empty homes (PYTHON=python3.13: with another); gigabytes
	SPA_DESKTOP_PYTHON=$(PYTHON) $(PY) -m pytest -p no:cacheprovider -s packaging/test_install.py

faults: $(VENV)/.installed-dev | run-packages ## try for hours to break projects, verbs and photos (SHARE=0.1: a tenth of it)
	@mkdir -p build
	$(PY) -m benchmarks.faults --share $(SHARE) | tee build/faults.md
	$(PY) -m benchmarks.moves --share $(SHARE) | tee build/moves.md

egress: $(VENV)/.installed-dev | test-packages ## minutes under strace: nothing may be sent, looked up or written elsewhere
	EGRESS_SECONDS=75 $(PY) -m pytest tests/test_nothing_goes_out.py

long-life: $(VENV)/.installed-dev | run-packages ## the window for two hours (MINUTES=30 for less): nothing may grow
	QT_QPA_PLATFORM=offscreen $(PY) -m benchmarks.long_life --minutes $(MINUTES)

truth: $(VENV)/.installed-dev ## are the offline writer's phrases true? against verdicts given by looking
	$(PY) -m benchmarks.truth $(DATA)

screenshots: $(DEMO)/demo.spa | run-packages ## every page of the window as a PNG, of the demo project
	QT_QPA_PLATFORM=offscreen $(APP) screenshots $(DEMO)/demo.spa $(SCREENSHOTS)

docs: $(VENV)/.installed-docs ## the site of all pages and docstrings in build/site, and the man page in build/man; a warning is an error
	$(PY) -m sphinx -q -W --keep-going -c docs -d build/site-work . build/site
	$(PY) -m sphinx -q -W --keep-going -c docs -d build/site-work -b man . build/man
	@echo "Made: build/site/index.html"

docs-test: $(VENV)/.installed-dev $(VENV)/.installed-docs $(GRADIO)/.installed | test-packages ## ask the site's search in Chromium, run stories and recipes
	SPA_DESKTOP_GRADIO=$(GRADIO)/bin/python $(PY) -m pytest -p no:cacheprovider tests/test_site.py tests/test_stories.py tests/test_recipes.py

clean: ## remove what was built; .venv and your own data stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(DEMO)/demo.spa: | $(VENV)/.installed
	$(APP) demo $(DEMO)

$(PY):
	scripts/make_venv.sh $(VENV)

# The stamps are older than pyproject.toml when the dependencies may have changed.
$(VENV)/.installed: pyproject.toml | $(PY)
	$(PIP) --editable '.[window,openai,export]'
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(PY)
	$(PIP) --editable '.[dev]'
	touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml | $(PY)
	$(PIP) --editable '.[docs,window,openai,export]'
	touch $@ $(VENV)/.installed

# Gradio wants an older Pillow than the app: it has an environment of its own.
$(GRADIO)/.installed: | $(PY)
	$(PY) -m venv $(GRADIO)
	$(GRADIO)/bin/python -m pip --disable-pip-version-check install --quiet gradio onnxruntime
	touch $@

# The bundle carries torch for the CPU alone where that is what is installed: see README.md, "Install".
$(VENV)/.installed-bundle: pyproject.toml | $(PY)
	$(PIP) --editable '.[test,bundle]'
	touch $@ $(VENV)/.installed

run-packages:
	@scripts/system_packages.sh $(RUN_PACKAGES)

test-packages:
	@scripts/system_packages.sh $(TEST_PACKAGES)
