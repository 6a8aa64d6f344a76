import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from spa_desktop import descriptions
from spa_desktop.descriptions.model import DescriptionRequest, cache_key
from spa_desktop.descriptions.offline_writer import OfflineWriter


def test_the_cache_key_changes_with_all_that_matters_and_nothing_else(bank, encoder, make_photo) -> None:  # type: ignore[no-untyped-def]
    writer = OfflineWriter(encoder, bank)
    a, b = make_photo({0: "red"}, "a"), make_photo({0: "green"}, "b")
    request = DescriptionRequest("cat", (a, b), {"dog": (), "cow": ()})
    key = cache_key(writer, request)
    same = DescriptionRequest("cat", (b, a), {"cow": (), "dog": ()})
    assert cache_key(writer, same) == key
    others = [
        cache_key(writer, replace(request, class_name="cats")),
        cache_key(writer, replace(request, exemplars=(a,))),
        cache_key(writer, replace(request, others={"dog": ()})),
        cache_key(writer, replace(request, others={"dog": (a,), "cow": ()})),
        cache_key(writer, replace(request, language="de")),
        cache_key(OfflineWriter(type(encoder)("e" * 64), bank), request),
        cache_key(OfflineWriter(encoder), request),
    ]
    assert len({key, *others}) == 8


def test_the_package_loads_without_torch() -> None:
    modules = sorted(file.stem for file in Path(descriptions.__file__).parent.glob("*.py") if file.stem != "__init__")
    imports = ", ".join(f"spa_desktop.descriptions.{module}" for module in modules)
    code = f"import sys, {imports}; sys.exit(any(m in sys.modules for m in ('torch', 'timm', 'open_clip', 'PySide6')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
