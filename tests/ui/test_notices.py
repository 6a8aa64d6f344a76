"""What was found beside a project is said when it is opened."""

from __future__ import annotations


def test_it_is_said_at_the_top_of_the_page(context, make_project, open_project):
    path = make_project()
    path.with_name(path.name + "-journal").write_bytes(b"no journal at all" * 100)
    said: list[str] = []
    context.banner_requested.connect(lambda text, *_: said.append(text))
    open_project(path)
    (line,) = said
    assert line.startswith(f"Unfinished work beside {path} was rolled back. If something is missing now: the file as")
    assert context.workbench.project.notices == (line,)
