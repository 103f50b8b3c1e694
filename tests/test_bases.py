"""Configs over those that they are based on: what is read of a folder of files, where it stands, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import lrviz
from lrviz.documents.load import written
from lrviz.foundation.errors import DocumentError
from lrviz.language.python_values import Unread
from lrviz.runs.sources.foreign import in_its_dialect

SCHEDULE = """\
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.5, by_epoch=False, begin=0, end=2),
    dict(type='MultiStepLR', milestones=[1], gamma=0.1),
]
train_cfg = dict(max_epochs=2)
"""
SOLVER = "SOLVER:\n  BASE_LR: 0.1\n  MAX_ITER: 4\n  STEPS: (2,)\n"


def laid_out(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a project's folder, and return the first."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / next(iter(files))


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a.py": "_base_ = './b.py'\na = dict(x=1)", "b.py": "a = dict(x=0, y=[1, 2])"}, {"x": 1, "y": [1, 2]}),
        ({"c/a.py": "_base_ = ['../b.py']\na = dict(y=[3])", "b.py": "a = dict(x=0, y=[1, 2])"}, {"x": 0, "y": [3]}),
        ({"a.py": "_base_ = 'b.py'\na = dict(_delete_=True, x=1)", "b.py": "a = dict(y=0)"}, {"x": 1}),
        ({"a.py": "_base_ = 'b.py'\na = dict(y=dict(z=1))", "b.py": "a = dict(y=dict(w=2))"}, {"y": {"w": 2, "z": 1}}),
        ({"a.py": "_base_ = ['b.py', 'c.py']", "b.py": "a = dict(x=1)", "c.py": "a = dict(y=2)"}, {"x": 1, "y": 2}),
        ({"a.py": "_base_ = 'b.py'", "b.py": "_base_ = 'd/c.py'\na = dict(x=1)", "d/c.py": "a = {}"}, {"x": 1}),
        ({"a.py": "_base_ = 'b.py'\na = _base_.c.d + 1", "b.py": "c = dict(d=2)"}, 3),
        ({"a.py": "_base_ = 'b.py'\na = dict(x={{_base_.c.d}})", "b.py": "c = dict(d=[2])"}, {"x": [2]}),
        ({"a.py": "_base_ = 'b.py'\na = '{{ _base_.c.d }}'", "b.py": "c = dict(d=2)"}, 2),
        ({"a.py": "_base_ = 'b.py'\n_base_.a[1].x = 3", "b.py": "a = [1, dict(x=2)]"}, [1, {"x": 3}]),
        ({"a.py": "_base_ = 'b.py'\na = _base_.c\ndel _base_.c", "b.py": "c = dict(d=2)"}, {"d": 2}),
        ({"a.py": "c = dict(x=1, y=dict(z=2))\nc.update(dict(y=dict(w=3)))\na = c"}, {"x": 1, "y": {"w": 3}}),
        (
            {"a.py": "n = [1, 2]\na = {}\na.update({f'{i}.{j}': i for i, m in enumerate(n) for j in range(m)})"},
            {"0.0": 0, "1.0": 1, "1.1": 1},
        ),
        ({"a.py": "n = [1, 2]\na = len(n) - 1"}, 1),
        ({"a.py": "a = {f'{i}': 1 for i in range(10**4) for j in range(10**4)}['1']"}, None),
        ({"a.py": "b = 'xy'\n" + "b = b + b\n" * 60 + "a = b"}, None),
        ({"a.py": "b = 9\n" + "b = b * b\n" * 60 + "a = b"}, None),
        ({"a.py": "a = (-8) ** 0.5"}, None),
        ({"a.py": "from torch.optim import SGD\na = dict(type=SGD)"}, {"type": "torch.optim.SGD"}),
        (
            {
                "c/a.py": "with read_base():\n    from ..b import *\na.update(dict(y=dict(w=3)))",
                "b.py": "a = dict(x=1, y=dict(z=2))\n_c = 1",
            },
            {"x": 1, "y": {"z": 2, "w": 3}},
        ),
        ({"a.py": "with read_base():\n    from .d.b import c as a", "d/b.py": "c = 5"}, 5),
        ({"a.yaml": "_base_: b.yaml\na: {x: '{{_base_.c}}'}", "b.yaml": "c: 2\na: {y: 1}"}, {"y": 1, "x": 2}),
        ({"a.json": '{"_base_": "b.py", "a": {"x": 1}}', "b.py": "a = dict(y=2)"}, {"y": 2, "x": 1}),
    ],
)  # fmt: skip
def test_a_config_lies_over_its_bases(files: Mapping[str, str], found: Any, tmp_path: Path) -> None:
    from lrviz.documents.bases import Bases

    path = laid_out(tmp_path, files)
    marked = Bases(path.parent, path.name).followed(written(path).marked)
    assert marked.data["a"] == found or (found is None and isinstance(marked.data["a"], Unread))
    assert not {"_base_", "_BASE_", "_c"} & marked.data.keys()


@pytest.mark.parametrize(
    ("files", "lr"),
    [
        ({"c/a.py": "_base_ = ['../b.py']\ntrain_cfg = dict(max_epochs=1)", "b.py": SCHEDULE}, [0.01, 0.02]),
        ({"a.yaml": "_BASE_: b.yaml\nSOLVER: {WARMUP_ITERS: 0, MAX_ITER: 3}", "b.yaml": SOLVER}, [0.1, 0.1, 0.01]),
    ],
)
def test_the_curve_of_a_config_that_is_based_on_another(
    files: Mapping[str, str], lr: list[float], tmp_path: Path
) -> None:
    from lrviz.engines.reference import schedule as reference

    read = lrviz.document(laid_out(tmp_path, files), facts={"batches_per_epoch": 2})
    assert reference.run(read).recording.lr[:, 0].tolist() == pytest.approx(lr)


def test_what_is_wrong_in_a_base_stands_at_its_own_line(tmp_path: Path) -> None:
    wrong = SCHEDULE.replace("lr=0.02", "lr='much'")
    path = laid_out(tmp_path, {"c/a.py": "_base_ = '../b.py'\ntrain_cfg = dict(max_epochs=0.5)", "b.py": wrong})
    with pytest.raises(DocumentError) as caught:
        lrviz.document(path, facts={"batches_per_epoch": 2})
    told = str(caught.value)
    assert f"{tmp_path}/b.py:1:52: optim_wrapper.optimizer.lr: 'much' given" in told
    assert f"{tmp_path}/c/a.py:2:29: train_cfg.max_epochs: 0.5 given" in told


def test_a_base_may_stand_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "site" / "lrviz_test_configs"
    laid_out(
        home,
        {
            "__init__.py": "raise RuntimeError",
            ".mim/configs/d/b.py": SCHEDULE,
            "b.py": SCHEDULE,
            "c.py": "_base_ = '../b.py'",
        },
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    for text in (
        "_base_ = 'lrviz_test_configs::d/b.py'",
        "with read_base():\n    from lrviz_test_configs.b import *",
    ):
        path = laid_out(tmp_path / "project", {"a.py": text})
        assert lrviz.document(path, facts={"batches_per_epoch": 2}).updates == 4
    path = laid_out(tmp_path / "project", {"a.py": "with read_base():\n    from lrviz_test_configs.c import *"})
    with pytest.raises(DocumentError, match="out of reach"):
        written(path)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.py": "x = 1\n_base_ = '../b.py'"}, "a.py:2:10: _base_: ../b.py given, which is out of reach"),
        ({"a.py": "_base_ = '/etc/hostname.py'"}, "out of reach"),
        ({"a.py": "_base_ = 'a.py'"}, "a.py given, which is based on this file: a circular reference"),
        ({"a.py": "_base_ = 'b.py'", "b.py": "_base_ = 'a.py'"}, "a circular reference"),
        ({"a.py": "with read_base():\n    from .a import *"}, "a.py:2:5: _base_: .a given, which is based on this"),
        ({"a.py": "_base_ = 'b.py'"}, "b.py given, which cannot be read: No such file"),
        ({"a.py": "_base_ = 'b.txt'", "b.txt": "secret"}, "a base is a file in .py, .yaml, .yml, .json"),
        ({"a.py": "_base_ = 'b.yaml'", "b.yaml": "secret"}, "b.yaml given, which holds no keys and values"),
        ({"a.py": "_base_ = 'b.py'", "b.py": "#" * 1_000_001}, "b.py given: larger than 1 MB"),
        ({"a.py": "_base_ = 'no_such_package::b.py'"}, "no_such_package given, which is not installed"),
        ({"a.py": "b = 1\n" + "b = [b, b]\n" * 30}, "more than 200,000 values, or nested deeper than 40 levels"),
        ({"a.py": "b = 1\n" + "b = dict(b=b)\n" * 2000}, "nested deeper than 40 levels"),
        ({"a.py": "_base_ = 3"}, "a base is given by its path, as text"),
        ({"a.py": "_base_ = 'b.py'", "b.py": "print(1)\nfor x in y: pass"}, "b.py:2:1: a statement other than"),
        (
            {"a.py": "_base_ = ['b0.py', 'b0.py']"}
            | {f"b{i}.py": f"_base_ = ['b{i + 1}.py', 'b{i + 1}.py']" for i in range(9)}
            | {"b9.py": "x = 1"},
            "more than 200 files",
        ),
        ({"a.yaml": "SOLVER: {}\n_BASE_: ../b.yaml"}, "a.yaml:2:9: _BASE_: ../b.yaml given, which is out of reach"),
    ],
)  # fmt: skip
def test_a_base_that_is_not_to_be_read_is_refused(files: Mapping[str, str], told: str, tmp_path: Path) -> None:
    path = laid_out(tmp_path / "project", files)
    (tmp_path / "b.py").write_text("secret = 1", encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        in_its_dialect(written(path))
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_link_does_not_lead_out_of_the_project(tmp_path: Path) -> None:
    path = laid_out(tmp_path / "project", {"a.py": "_base_ = 'b.py'"})
    (tmp_path / "b.py").write_text("x = 1", encoding="utf-8")
    (path.parent / "b.py").symlink_to(tmp_path / "b.py")
    with pytest.raises(DocumentError, match="out of reach"):
        written(path)
