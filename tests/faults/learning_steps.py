"""Steps that change texts and what was learned, and that ask it."""

from dataclasses import replace as replaced

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job, JobEvent, Stage
from spa_desktop.project.records import Phrase
from tests.faults.sequence_machine import AtOneProject
from tests.workbench.tiny import LOOKS

_STAGES = (
    Stage.ENCODE,
    Stage.DESCRIBE,
    Stage.MEASURE,
    Stage.SELECT,
    Stage.ALIGN,
    Stage.PROJECT,
    Stage.TOP_UP,
    Stage.TEST,
)
STAGES = (*_STAGES, Stage.HOLD_OUT, Stage.SAVE)


class LearningSteps(AtOneProject):
    """Classes are described and learned; trainings are cancelled and taken back; the model is asked."""

    # Texts

    @precondition(lambda self: self.model.classes)
    @rule(data=st.data(), count=st.integers(1, 3))
    def describe(self, data: st.DataObject, count: int) -> None:
        keys = sorted({self.a_class(data) for _ in range(count)})
        kept = {
            key
            for key, text in self.bench.project.descriptions().items()
            if text.is_approved or any(phrase.provenance == "edited" for phrase in text.phrases)
        }
        wanted = [key for key in keys if key not in kept]
        if any(not self.model.photos_of(key, split="train", is_usable=True) for key in wanted):
            self.refuse("describe without photos", lambda: self.bench.describe(class_ids=keys))
            return
        if not wanted:
            assert not self.bench.describe(class_ids=keys).descriptions
            return
        with self.step("describe"):
            self.bench.describe(class_ids=keys)
            self.take_over_texts(wanted)

    @precondition(lambda self: any(one.words for one in self.model.classes.values()))
    @rule(data=st.data(), is_approved=st.booleans())
    def approve(self, data: st.DataObject, is_approved: bool) -> None:
        key = self.a_class(data, [key for key, one in self.model.classes.items() if one.words])
        with self.step("approve"):
            self.edit("approve", lambda tx: tx.approve_descriptions([key], is_approved))
            self.model.classes[key].is_approved = is_approved

    @precondition(lambda self: any(one.words for one in self.model.classes.values()))
    @rule(data=st.data(), words=st.sampled_from(["long ears", "a striped <b>tail</b>", "rote Flügel"]))
    def edit_text(self, data: st.DataObject, words: str) -> None:
        key = self.a_class(data, [key for key, one in self.model.classes.items() if one.words])
        text = self.bench.project.description(key)
        new = replaced(text, phrases=(Phrase(words, "edited"), *text.phrases[1:]), created="")
        with self.step("edit text"):
            self.edit("edit", lambda tx: tx.put_description(new))
            self.take_over_texts([key])

    # Learning

    @precondition(lambda self: self.model.classes)
    @rule(data=st.data())
    def train(self, data: st.DataObject) -> None:
        self.learn(data, Job(), "train")

    @precondition(lambda self: self.model.classes)
    @rule(data=st.data(), stage=st.sampled_from(STAGES))
    def cancel_training(self, data: st.DataObject, stage: Stage) -> None:
        def hear(event: JobEvent) -> None:
            if event.stage == stage:
                job.cancel()

        job = Job(hear)
        self.learn(data, job, "train, cancelled")

    def learn(self, data: st.DataObject, job: Job, name: str) -> None:
        open_tasks = [key for key in self.model.order if any(self.model.to_learn(key))]
        task = data.draw(st.sampled_from(open_tasks or self.model.order), label="task")
        title = self.model.tasks[task].name
        if not open_tasks:
            self.refuse("train what is learned", lambda: self.bench.train(job, task=title))
            return
        new, _ = self.model.to_learn(task)
        bare = [key for key in new if not self.model.classes[key].words]
        without = {key for key in new if not self.model.photos_of(key, split="train", is_usable=True)}
        before = self.model.copy()
        is_cancelled = is_refused = False
        try:
            self.bench.train(job, task=title)
        except Cancelled:
            is_cancelled = True
        except InputError:
            assert without, "there is a photo to learn from"
            is_refused = True
        texts = self.bench.project.descriptions()
        if bare and not without & set(bare) and not (is_cancelled and not any(key in texts for key in bare)):
            # Classes without a text are described first. That is a step of its own, finished or not begun.
            self.did("describe", before)
            self.take_over_texts(bare)
        if is_cancelled:
            assert job.is_cancelled
            self.here.done[name] += 1
        elif is_refused:
            self.here.refused["train without photos"] += 1
        else:
            assert not without
            with self.step("train"):
                self.model.train(task)
                self.model.answers = self.asked()
            assert self.bench.project.undoable_training() is not None

    @rule()
    def undo_training(self) -> None:
        can = self.bench.project.undoable_training() is not None
        if not can:
            assert self.bench.undo_training() is None
            return
        assert self.model.trainings, "there is one that can be undone"
        if self.done and self.done[-1].next_step == "train":  # the last step is undone, and can be done again
            assert self.bench.undo_training() is not None
            self.undone.append(self.model)
            self.model = self.done.pop()
            self.here.done["undo training, at once"] += 1
            return
        with self.step("undo training"):
            assert self.bench.undo_training() is not None
            self.model.undo_training()

    @rule()
    def forget_all(self) -> None:
        if not self.model.known:
            self.refuse("forget nothing", self.bench.forget_all)
            return
        with self.step("forget all"):
            self.bench.forget_all()
            self.model.forget_all()

    @precondition(lambda self: self.model.known)
    @rule()
    def evaluate(self) -> None:
        tested = [key for one in self.model.known for key in self.model.photos_of(one, split="test", is_usable=True)]
        if not tested:
            self.refuse("evaluate without photos", self.bench.evaluate)
            return
        found = self.bench.evaluate()
        assert sorted(found["photos"]["id"]) == sorted(tested)
        assert sum(map(sum, found["confusion"])) == len(tested)
        assert sorted(found["classes"]) == sorted(self.model.classes[key].name for key in self.model.known)
        assert self.bench.evaluate() == found
        if not self.bench.project.redo_changes:  # answers that were missing were kept
            self.undone.clear()
        self.here.done["evaluate"] += 1

    @precondition(lambda self: self.model.known)
    @rule(look=st.sampled_from(sorted(LOOKS)))
    def classify(self, look: str) -> None:
        found = self.bench.classify([self.here.folder / "probes" / f"{look}.png"], top=9)["images"][0]["top"]
        assert {one["class"] for one in found} == {self.model.classes[key].name for key in self.model.known}
        self.here.done["classify"] += 1
