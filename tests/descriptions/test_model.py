from dataclasses import replace

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
