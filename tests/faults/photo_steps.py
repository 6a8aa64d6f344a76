"""Steps that change classes, tasks and photos."""

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from spa_desktop.jobs import Cancelled, Job
from tests.faults.expected_project import Class, Task
from tests.faults.sequence_machine import PHOTOS_OF_A_LOOK, AtOneProject
from tests.workbench.tiny import LOOKS

CLASS_NAMES = ("red", "Red", "été", "o'hara", "100 %", "水", "b_c", "-x")
TASK_NAMES = ("Task 1", "birds", "Vögel", "a;b")


class PhotoSteps(AtOneProject):
    """Photos come, move and go; classes and tasks are named, merged and deleted."""

    @precondition(lambda self: len(self.model.classes) < 6)
    @rule(data=st.data())
    def add_classes(self, data: st.DataObject) -> None:
        taken = {one.name for one in self.model.classes.values()}
        free = [name for name in CLASS_NAMES if name not in taken]
        names = data.draw(st.lists(st.sampled_from(free), min_size=1, max_size=2, unique=True), label="names")
        task = data.draw(st.sampled_from(TASK_NAMES), label="task")
        laid = {}
        for name in names:
            look = data.draw(st.sampled_from(sorted(LOOKS)), label="look")
            train, test = (data.draw(st.integers(*bounds)) for bounds in ((2, 4), (0, 2)))
            if self.used[look] + train + test > PHOTOS_OF_A_LOOK:
                return
            laid[name] = self.fresh_photos(look, train), self.fresh_photos(look, test)
        folder = self.lay_out(laid)
        known = {one.name: key for key, one in self.model.tasks.items()}
        if task in known and self.model.tasks[known[task]].state == "trained":
            self.refuse("add to a trained task", lambda: self.bench.add([folder], task=task))
            return
        if data.draw(st.booleans(), label="cancelled first"):
            job = Job()
            job.cancel()
            with pytest.raises(Cancelled):
                self.bench.add([folder], job, task=task)
            self.here.done["add, cancelled"] += 1
        with self.step("add"):
            self.bench.add([folder], task=task, test_share=0.0)
            if task not in known:
                task_id = self.bench.project.find_task(task).id
                self.model.tasks[task_id] = Task(task)
                self.model.order.append(task_id)
                known[task] = task_id
            for name in names:
                self.model.classes[self.bench.project.find_class(name).id] = Class(name, known[task])
            self.take_over_photos()
            counts = [len(self.model.photos_of(self.bench.project.find_class(name).id)) for name in names]
            assert counts == [sum(map(len, laid[name])) for name in names]

    @precondition(lambda self: self.model.classes)
    @rule(data=st.data(), count=st.integers(1, 2))
    def top_up(self, data: st.DataObject, count: int) -> None:
        laid: dict[str, tuple[list[Path], list[Path]]] = {}
        for _ in range(count):
            name = self.model.classes[self.a_class(data)].name
            look = data.draw(st.sampled_from(sorted(LOOKS)), label="look")
            train, test = data.draw(st.sampled_from([(1, 0), (2, 1), (0, 1), (3, 0)]))
            if name not in laid and self.used[look] + train + test <= PHOTOS_OF_A_LOOK:
                laid[name] = self.fresh_photos(look, train), self.fresh_photos(look, test)
        if not laid:
            return
        folder = self.lay_out(laid)
        self.refuse("top up without the word", lambda: self.bench.add([folder]))
        with self.step("top up"):
            self.bench.add([folder], top_up=True, test_share=0.0)
            self.take_over_photos()

    @precondition(lambda self: self.model.photos and len(self.model.classes) < 8)
    @rule(data=st.data())
    def add_what_is_there(self, data: st.DataObject) -> None:
        photo = self.bench.project.photo(self.some_photos(data)[0])
        taken = {one.name for one in self.model.classes.values()}
        name = next(name for name in (*CLASS_NAMES, "another") if name not in taken)
        folder = self.lay_out({name: ([Path(photo.path)], [])})
        self.refuse("a photo of another class", lambda: self.bench.add([folder], task="again", test_share=0.0))

    # Names and tasks

    @precondition(lambda self: self.model.classes)
    @rule(data=st.data(), name=st.sampled_from(CLASS_NAMES))
    def rename_class(self, data: st.DataObject, name: str) -> None:
        key = self.a_class(data)
        if any(one.name == name for other, one in self.model.classes.items() if other != key):
            self.refuse("a name that is taken", lambda: self.edit("rename", lambda tx: tx.rename_class(key, name)))
            return
        with self.step("rename"):
            self.edit("rename", lambda tx: tx.rename_class(key, name))
            self.model.classes[key].name = name

    @precondition(lambda self: self.model.tasks)
    @rule(data=st.data(), name=st.sampled_from(TASK_NAMES))
    def rename_task(self, data: st.DataObject, name: str) -> None:
        key = data.draw(st.sampled_from(self.model.order), label="task")
        if any(one.name == name for other, one in self.model.tasks.items() if other != key):
            self.refuse("a name that is taken", lambda: self.edit("rename", lambda tx: tx.rename_task(key, name)))
            return
        with self.step("rename task"):
            self.edit("rename", lambda tx: tx.rename_task(key, name))
            self.model.tasks[key].name = name

    @precondition(lambda self: len(self.model.tasks) > 1)
    @rule(data=st.data())
    def move_class(self, data: st.DataObject) -> None:
        key, task = self.a_class(data) if self.model.classes else 0, data.draw(st.sampled_from(self.model.order))
        if not key:
            return
        if self.model.classes[key].state in ("trained", "stale") or self.model.tasks[task].state == "trained":
            self.refuse("move what is trained", lambda: self.edit("move", lambda tx: tx.move_class(key, task)))
            return
        with self.step("move class"):
            self.edit("move", lambda tx: tx.move_class(key, task))
            self.model.classes[key].task = task

    @precondition(lambda self: self.model.tasks)
    @rule(data=st.data())
    def delete_task(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.model.order), label="task")
        if any(one.task == key for one in self.model.classes.values()):
            self.refuse("delete a task with classes", lambda: self.edit("delete", lambda tx: tx.delete_task(key)))
            return
        with self.step("delete task"):
            self.edit("delete", lambda tx: tx.delete_task(key))
            del self.model.tasks[key]
            self.model.order.remove(key)

    # Photos and classes change

    @precondition(lambda self: self.model.photos)
    @rule(data=st.data())
    def move_photos(self, data: st.DataObject) -> None:
        photos, target = self.some_photos(data), self.a_class(data)
        with self.step("move photos"):
            self.edit("move", lambda tx: tx.move_photos(photos, target))
            self.model.move_photos(photos, target)

    @precondition(lambda self: self.model.photos)
    @rule(data=st.data())
    def delete_photos(self, data: st.DataObject) -> None:
        photos = self.some_photos(data)
        with self.step("delete photos"):
            self.edit("remove", lambda tx: tx.delete_photos(photos))
            self.model.delete_photos(photos)

    @precondition(lambda self: self.model.photos)
    @rule(data=st.data(), is_aside=st.booleans())
    def set_aside(self, data: st.DataObject, is_aside: bool) -> None:
        photos = self.some_photos(data)
        with self.step("set aside"):
            self.edit("set aside", lambda tx: tx.set_aside(photos, is_aside))
            changed = [key for key in photos if self.model.photos[key].is_aside != is_aside]
            self.model.photos_change(changed)
            for key in changed:
                self.model.photos[key].is_aside = is_aside

    @precondition(lambda self: self.model.photos)
    @rule(data=st.data(), split=st.sampled_from(["train", "test"]))
    def set_split(self, data: st.DataObject, split: str) -> None:
        photos = self.some_photos(data)
        with self.step("set split"):
            self.edit("split", lambda tx: tx.set_split(photos, split))
            for key in photos:
                photo = self.model.photos[key]
                if photo.split != split:
                    # To learn from it or not to is a change either way.
                    photo.split = "train"
                    self.model.photos_change([key])
                    photo.split = split

    @precondition(lambda self: len(self.model.classes) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        source, target = self.a_class(data), self.a_class(data)
        if source == target:
            self.refuse("merge with itself", lambda: self.bench.merge_classes(source, target))
            return
        with self.step("merge"):
            was_known = source in self.model.known
            self.bench.merge_classes(source, target)
            self.model.merge(source, target)
            if was_known:
                self.model.answers = self.asked()

    @precondition(lambda self: self.model.classes)
    @rule(data=st.data())
    def delete_class(self, data: st.DataObject) -> None:
        key = self.a_class(data)
        with self.step("delete class"):
            was_known = key in self.model.known
            self.bench.forget_class(key)
            self.model.delete_class(key)
            if was_known:
                self.model.answers = self.asked()
