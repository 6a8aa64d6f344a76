"""A service describes the classes of a project, over real HTTP: what is asked first, what is kept."""

import threading
from dataclasses import replace

import pytest

from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent, Stage
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import describing, overview, recognition
from spa_desktop.workbench.open_project import OpenProject
from tests.descriptions.openai.conftest import wait_for
from tests.hostile import sql
from tests.workbench.tiny import draw_classes

COST = (640 * 1.25 + 120 * 10) / 1e6  # of one answer of the loopback service
PHRASES = ["one even colour", "fine grain all over", "soft edges", "square frame"]
ORDER = (
    (("red", "blue", "grey", "tan"), 0.8),
    (("pink", "white", "black", "brown"), 0.4),
    (("green", "gold", "teal", "lime"), 0.0),
)
OTHERS = ["bright surface", "no pattern at all", "matte look", "flat light"]


def texts(bench: OpenProject) -> dict[str, list[str]]:
    names = {item.id: item.name for item in bench.project.classes()}
    return {names[key]: [p.text for p in text.phrases] for key, text in bench.project.descriptions().items()}


def id_of(bench: OpenProject, name: str) -> int:
    found = bench.project.find_class(name)
    assert found is not None
    return found.id


# Consent and keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", [True, "send"])
def test_it_is_asked_before_anything_is_sent_and_a_yes_is_kept(bench, describe, service, yes):
    asked = []
    describe(consent=lambda question: asked.append((question, service.asked())) or yes)
    ((question, sent),) = asked
    assert sent == []
    exemplars = [photo.path for item in bench.project.classes() for photo in bench.project.exemplars(item.id)]
    assert (question.destination, question.class_names) == (service.url, ("blue", "green", "red"))
    assert [str(photo) for photo in question.photos] == exemplars
    assert service.asked() == ["chat"] * 3
    describe(class_ids=[id_of(bench, "red")], afresh=True, consent=lambda _: pytest.fail("it was answered before"))
    assert service.asked() == ["chat"] * 4
    describing.keep_local(bench, False)
    with pytest.raises(InputError, match="Not agreed to yet"):
        describe(afresh=True, consent=lambda _: False)


def test_without_a_yes_nothing_is_sent_and_the_question_comes_again(bench, describe, service):
    asked = []
    for consent in (lambda _: asked.append(False), lambda _: asked.append(None) or False, lambda _: "no", None):
        with pytest.raises(InputError, match=r"Not agreed to yet: \d small photos of 3 classes"):
            describe(consent=consent)
    assert len(asked) == 2
    assert service.asked() == []
    assert texts(bench) == {}


def test_another_address_is_another_question_and_a_yes_for_one_run_is_not_remembered(bench, describe, service):
    asked = []
    for _ in range(2):
        describe(afresh=True, consent=lambda question: asked.append(question.classes) or "once")
    assert asked == ["blue, green, red"] * 2
    describe(afresh=True)
    asked = []
    options = WriterOptions(base_url=service.url.removesuffix("/v1"))
    with pytest.raises(InputError, match="Not agreed to yet"):
        describing.describe(
            bench, "openai", options=options, afresh=True, consent=lambda q: asked.append(q.destination) or False
        )
    assert asked == [service.url.removesuffix("/v1")]


def test_other_photos_are_another_question(bench, describe, service, tmp_path):
    describe()
    draw_classes(tmp_path / "more", ("teal",), train=2, test=0)
    add_classes(bench.project, [tmp_path / "more"])
    asked = []
    new = id_of(bench, "teal")
    with pytest.raises(InputError, match=r"small photos? of 1 class \(teal\)"):
        describe(class_ids=[new], consent=lambda question: asked.append(question) or False)
    describe(class_ids=[new], consent=lambda question: asked.append(question) or True)
    everything = [item.id for item in bench.project.classes()]
    describe(class_ids=everything, afresh=True, consent=lambda _: pytest.fail("all of them were agreed to"))
    assert [question.class_names for question in asked] == [("teal",)] * 2


def test_a_missing_key_is_told_before_anything_is_asked_or_encoded(bench, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    stages: set[str] = set()
    with pytest.raises(InputError, match=r"There is no key for api\.openai\.com"):
        describing.describe(
            bench,
            "openai",
            Job(lambda event: stages.add(event.stage), max_hz=1e9),
            consent=lambda _: pytest.fail("the key comes first"),
        )
    assert "Encoding photos" not in stages


# What is kept -------------------------------------------------------------------------------------------------------


def test_texts_are_kept_as_they_arrive(bench, describe, service):
    service.script("chat", {"say": PHRASES}, {"say": PHRASES}, {"say": PHRASES, "delay": 100})
    job, caught = Job(), []

    def run() -> None:
        try:
            describe(job)
        except Cancelled as error:
            caught.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: len(texts(bench)) == 2 and len(service.asked()) == 3)
    assert thread.is_alive(), "the third is still awaited"
    job.cancel()
    thread.join(5)
    assert not thread.is_alive(), "the late answer is not waited for"
    assert caught == ["Describing classes was cancelled: 2 of 3 classes were described, and their text is kept"]
    assert texts(bench) == {"blue": PHRASES, "green": PHRASES}
    assert recognition.check(bench).is_valid
    describe()
    assert service.asked() == ["chat"] * 4, "only the one that was missing is asked for again"
    assert sorted(texts(bench)) == ["blue", "green", "red"]


def test_one_run_is_one_step_of_undo(bench, describe, service):
    steps = len(bench.project.undo_changes)
    describe()
    assert [change.summary for change in bench.project.undo_changes][: len(bench.project.undo_changes) - steps] == [
        "3 classes by openai"
    ]
    bench.project.undo()
    assert texts(bench) == {}
    bench.project.redo()
    assert sorted(texts(bench)) == ["blue", "green", "red"]
    # Undone and described again, it costs nothing: the answers are in the project.
    bench.project.undo()
    describe()
    assert service.asked() == ["chat"] * 3


def test_one_class_is_written_anew_and_the_text_before_stays_for_comparison(bench, describe, service):
    service.script("chat", *[{"say": PHRASES}] * 3, {"say": OTHERS}, {"say": OTHERS})
    describe()
    red = id_of(bench, "red")
    describe(class_ids=[red])
    assert service.asked() == ["chat"] * 3, "the same request has the same answer"
    describe(class_ids=[red], afresh=True)
    assert texts(bench) == {"blue": PHRASES, "green": PHRASES, "red": OTHERS}
    assert [p.text for p in bench.project.description(red, 1).phrases] == PHRASES
    # The same words again leave the text before where it is.
    describe(class_ids=[red], afresh=True)
    assert [p.text for p in bench.project.description(red, 1).phrases] == PHRASES


def test_text_of_a_person_is_left_alone_unless_it_is_asked_for(bench, describe, service):
    describe()
    red, blue = id_of(bench, "red"), id_of(bench, "blue")
    text = bench.project.description(red)
    own = replace(text.phrases[0], text="a word of mine", provenance="edited")
    with bench.project.transaction("edit") as tx:
        tx.put_description(replace(text, phrases=(own, *text.phrases[1:])))
        tx.approve_descriptions([blue])
    service.script("chat", *[{"say": OTHERS}] * 2)
    assert describe(class_ids=[red, blue], afresh=True).kept == ("red", "blue")
    assert len(service.asked()) == 3
    describe(class_ids=[red], afresh=True, replace_edited=True, keeps_own=True)
    assert texts(bench)["red"] == ["a word of mine", *OTHERS[1:]]
    describe(class_ids=[red], afresh=True, replace_edited=True)
    assert texts(bench)["red"] == OTHERS


def languages_of(service) -> list[str]:
    asked = [entry["body"]["messages"][1]["content"][0]["text"] for entry in service.log()]
    return [text.partition("Language of the answer: ")[2].partition("\n")[0] for text in asked]


def test_a_project_has_its_language(bench, describe, service):
    red = id_of(bench, "red")
    assert overview.overview(bench)["language"] == "en"
    describe(class_ids=[red], language="nl")
    describe()
    assert languages_of(service) == ["nl", "nl", "nl"]
    assert overview.overview(bench)["language"] == "nl"
    with pytest.raises(InputError, match='"Dutch, please" is no language tag'):
        describe(language="Dutch, please")


def test_a_project_with_a_language_for_each_class_keeps_its_texts(bench, describe, service, path):
    describe()
    before = texts(bench)
    bench.close()
    sql(path, 'INSERT INTO settings VALUES (\'languages\', \'{"1": "nl", "2": "de"}\')')
    with OpenProject.open(path) as again:
        assert texts(again) == before
        describing.describe(
            again, "openai", afresh=True, options=WriterOptions(base_url=service.url), consent=lambda _: "once"
        )
    assert languages_of(service)[3:] == ["nl", "nl", "nl"]


# What went wrong ----------------------------------------------------------------------------------------------------


def test_a_class_that_fails_is_named_and_the_others_are_kept(bench, describe, service):
    service.script("chat", {}, {"refuse": "No."}, {})
    done = describe()
    assert sorted(texts(bench)) == ["blue", "red"]
    assert done.failed_ids == (id_of(bench, "green"),)
    (name, reason), *rest = done.failed
    assert (name, rest) == ("green", [])
    assert reason.startswith('gpt-5 declines to describe "green" (No.)')
    assert bench.project.description(id_of(bench, "green")) is None, "nothing is put in the text's place"
    describing.describe(bench, "offline", class_ids=done.failed_ids)
    assert sorted(texts(bench)) == ["blue", "green", "red"]


def test_when_every_class_fails_the_first_one_is_told(bench, describe, service):
    service.script("chat", *[{"cut": '{"phrases": ["gr'}] * 3)
    with pytest.raises(SpaError, match=r'^blue: The answer for "blue" was cut off'):
        describe()
    assert texts(bench) == {}


def test_texts_end_up_with_their_class_whatever_order_they_come_in(bench, describe, service):
    def listen(event: JobEvent) -> None:
        if event.stage == Stage.DESCRIBE and event.done:
            came.append(event.detail)

    came: list[str] = []
    # The first request waits longest; what it is about decides whose text it is.
    service.script("chat", *[{"say": [f"{colour} back" for colour in c], "delay": d} for c, d in ORDER])
    describe(Job(listen, max_hz=1e9), parallel=3)
    asked = [entry["body"]["messages"][1]["content"][0]["text"].split("\n")[0] for entry in service.log()]
    for line, (colours, _) in zip(asked, ORDER, strict=True):
        assert texts(bench)[line.removeprefix("Class: ")] == [f"{colour} back" for colour in colours]
    assert came == [line.removeprefix("Class: ") for line in reversed(asked)]
