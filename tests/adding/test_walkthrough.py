"""The guide is followed to the letter: what is missing, doubled or there already is noticed."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest
from adding.walkthrough import CHECKOUT, Edit, apply, edits, examples

GUIDE = """
## How to add

### A thing

New file `a/new.py`:

```python
x = 1
```

In `b.py`, below `first`:

```python
second = 2
```

### Another thing

New file `c.c`:

```c
int c;
```
"""


def test_the_blocks_of_a_section_are_its_edits() -> None:
    assert edits("A thing", GUIDE) == (
        Edit("a/new.py", "x = 1\n"),
        Edit("b.py", "second = 2\n", "first"),
    )
    with pytest.raises(AssertionError, match="no section"):
        edits("A third thing", GUIDE)
    with pytest.raises(AssertionError, match="A thing: 1 of 2 blocks say where they belong"):
        edits("A thing", GUIDE.replace("below `first`", "below"))


def test_edits_make_files_and_lines(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("first = 1\nthird = 3\n")
    apply(tmp_path, edits("A thing", GUIDE))
    assert (tmp_path / "a/new.py").read_text() == "x = 1\n"
    assert (tmp_path / "b.py").read_text() == "first = 1\nsecond = 2\nthird = 3\n"
    with pytest.raises(AssertionError, match="is there: the guide needs another example"):
        apply(tmp_path, edits("A thing", GUIDE))
    (tmp_path / "b.py").write_text("first = 1\nfirst = 2\n")
    with pytest.raises(AssertionError, match="2 lines with 'first'"):
        apply(tmp_path, edits("A thing", GUIDE)[1:])


@pytest.mark.parametrize("section", examples())
def test_an_example_fits_the_tree_as_it_is(section: str) -> None:
    """What examples import exists, and so do the places where they add lines, once; the slow tests
    then follow them.
    """
    for edit in edits(section):
        place = CHECKOUT / edit.path
        assert place.exists() == (edit.below is not None)
        assert edit.below is None or place.read_text().count(edit.below) == 1
        tree = ast.parse(edit.text) if edit.below is None and edit.path.endswith(".py") else None
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ImportFrom):
                module = import_module(node.module or "")
                assert [a.name for a in node.names if not hasattr(module, a.name)] == []


def test_every_example_of_the_guide_is_walked_through() -> None:
    walked = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in examples() if f'follow("{name}"' not in walked] == []
