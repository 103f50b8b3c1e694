"""Every fix that lint prints settles its finding and brings no other one; `--fix` applies them and nothing else."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import lrviz
from lrviz.documents.load import loads
from lrviz.documents.written import block
from lrviz.language.marked_yaml import dotted
from lrviz.linting.finding import Finding
from lrviz.linting.fixing import fixed, proven
from lrviz.linting.lint import Linted, linted
from lrviz.linting.rewriting import edited
from lrviz.linting.rule import DialectRule, Rule
from lrviz.linting.rules import RULES
from tests.cli import Ended
from tests.mistakes import DOCUMENTS, with_mistakes


def after(checked: Linted, one: Finding) -> Linted:
    """Return what lint makes of a document with the edits of a fix made in its data, not in its text."""
    return linted(loads("\n".join(block(edited(checked.document.marked.data, one.fix)))))


def told(checked: Linted, rewritten: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """Return what was found: the rule and the field, or the part that is written again with everything in it."""

    def field(one: Finding) -> str:
        return next((part for part in rewritten if one.field.startswith(part)), one.field)

    return {(one.id, field(one)) for one in checked.findings}


def assert_sound(checked: Linted, one: Finding) -> None:
    rewritten = tuple(dotted(edit.path) for edit in one.fix if isinstance(edit.value, dict | list))
    now = after(checked, one)
    assert now.faults == ()
    assert told(now, rewritten) <= told(checked, rewritten), (one, one.fix_lines, checked.document.marked.text)
    same = [each for each in now.findings if (each.id, each.field) == (one.id, one.field)]
    assert not same, (one, one.fix_lines, checked.document.marked.text)


# Fixes that are printed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [one for one in RULES if not issubclass(one, DialectRule)], ids=lambda rule: rule.id)
def test_the_fix_of_a_rules_own_document_needs_no_trying(rule: type[Rule]) -> None:
    checked = linted(loads(rule.fires))
    fixes = [one for one in checked.findings if one.fix]
    assert rule.id in {one.id for one in fixes}
    for one in fixes:
        assert_sound(checked, one)
    assert proven(checked) == checked


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.slow
def test_a_fix_that_is_printed_settles_its_finding_and_brings_no_other(seed: int) -> None:
    """A fix that causes another finding is not a fix. All of configs/, with one mistake or more."""
    tried = 0
    for path in DOCUMENTS:
        text = with_mistakes(path, seed, most=1 + seed % 3)
        if text is None:
            continue
        checked = proven(linted(loads(text)))
        for one in checked.findings:
            if one.fix:
                tried += 1
                assert_sound(checked, one)
    assert tried >= 10


@pytest.mark.slow
def test_few_fixes_of_one_mistake_need_to_be_left_out() -> None:
    """The rules' own maths: what trying takes away are documents with two mistakes, of which one hid the other."""
    raw = left = 0
    for path in DOCUMENTS:
        for seed in range(7):
            text = with_mistakes(path, seed)
            if text is not None:
                checked = linted(loads(text))
                raw += sum(bool(one.fix) for one in checked.findings)
                left += sum(bool(one.fix) for one in proven(checked).findings)
    assert raw > 120
    assert left > 0.88 * raw


SGD = "optimizer: {name: SGD, lr: 0.1, momentum: 0.9}\n"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        *(
            (
                "LR003",
                f"epochs: {epochs}\n{SGD}scheduler: {{name: CosineAnnealingWarmRestarts, T_0: {T_0}, T_mult: {k}}}",
            )
            for epochs in (37, 95, 100, 200)
            for T_0, k in ((10, 1), (10, 2), (7, 3), (30, 1))
        ),
        *(
            (
                "LR003",
                f"epochs: {epochs}\n{SGD}scheduler: {{name: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: {up}"
                f"{f', step_size_down: {down}' if down else ''}, cycle_momentum: false}}",
            )
            for epochs in (37, 95, 100, 200)
            for up, down in ((10, 5), (3, 5), (8, 0), (35, 0), (13, 21))
        ),
        # WideResNet's steps: without the last of them there is no run of 160 epochs that reaches milestone 160.
        ("LR006", f"epochs: 200\n{SGD}scheduler: {{name: MultiStepLR, milestones: [60, 120, 160], gamma: 0.2}}"),
        ("LR006", f"epochs: 200\n{SGD}scheduler:\n- {{name: StepLR, step_size: 30}}\n- {{name: LinearLR}}"),
        ("LR007", f"epochs: 100\n{SGD}scheduler: {{name: LambdaLR, lr_lambda: 'max(0, 1 - t / 50)'}}"),
        ("LR007", f"epochs: 100\n{SGD}scheduler: {{name: LambdaLR, lr_lambda: 'max(0, 1 - t / 50) ** 6'}}"),
        *(
            ("LR013", f"epochs: 100\n{SGD}scheduler: {{name: StepLR, step_size: {size}, gamma: {gamma}}}")
            for size in (5, 20, 40)
            for gamma in (1.0, 1.5, 10, 1000)
        ),
        *(
            ("LR013", f"epochs: 100\n{SGD}scheduler: {{name: ExponentialLR, gamma: {gamma}}}")
            for gamma in (1.0, 1.1, 2)
        ),
    ],
)
def test_fixes_that_brought_other_findings(rule: str, text: str) -> None:
    """LR003, LR006, LR007, LR013. By the rule's own maths: no fix is tried here."""
    checked = linted(loads(text))
    for one in checked.findings:
        if one.id == rule and one.fix:
            assert_sound(checked, one)


def test_a_fix_that_uncovers_another_mistake_is_not_printed() -> None:
    """The milestone cut short leaves less than its warm-up: only the rules together know."""
    text = f"""\
epochs: 12
{SGD}scheduler:
  name: SequentialLR
  milestones: [20]
  schedulers:
    - {{name: LinearLR, start_factor: 0.1, total_iters: 20}}
    - {{name: ConstantLR, factor: 1.0}}
"""
    raw = {one.id: one.fix for one in linted(loads(text)).findings}
    assert raw["LR010"]
    printed = {one.id: one.fix for one in lrviz.lint(loads(text))}
    assert printed.keys() == raw.keys()
    assert printed["LR010"] == ()


# Fixes that are applied ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.slow
def test_fixing_ends_and_nothing_is_left_that_it_could_fix(seed: int) -> None:
    for path in DOCUMENTS:
        text = with_mistakes(path, 100 + seed, most=3)
        if text is None:
            continue
        before = linted(loads(text))
        done = fixed(before)
        assert len(done.findings) <= len(before.findings)
        assert fixed(done).fixed == ()
        again = linted(loads(done.document.marked.text))
        assert [str(one) for one in again.findings] == [str(one) for one in done.findings]
        assert again.faults == ()


COMMENTED = """\
# The run of the paper.
epochs: 90            # as in table 3
steps_per_epoch: 400

optimizer: {name: SGD,  lr: 1e-1}   # "SGD", says the paper
scheduler:
  # warm-up first
  name: SequentialLR
  milestones: [ 2000 ]    # five epochs
  schedulers:
  - {name: LinearLR, start_factor: 1e-2, total_iters: 2000} # from a hundredth
  - name: 'CosineAnnealingLR'
    T_max: 34_000   # the rest
"""


def test_fixes_that_belong_together_are_applied_together() -> None:
    """One length in the right unit and another in the wrong one is worse than both in the wrong one."""
    checked = linted(loads(COMMENTED))
    assert {one.id for one in checked.findings} == {"LR025"}
    done = fixed(checked)
    assert done.findings == ()
    assert done.document.marked.text == (
        COMMENTED.replace("[ 2000 ]", "[2000ba]")
        .replace("total_iters: 2000", "total_iters: 2000ba")
        .replace("34_000", "34000ba")
    )


def test_what_an_alias_holds_is_left_and_that_is_said() -> None:
    text = f"epochs: &n 100\n{SGD}scheduler:\n- &s {{name: CosineAnnealingLR, T_max: 30}}\n- *s\n"
    done = fixed(linted(loads(text)))
    assert done.document.marked.text == text
    assert set(done.unfixed.values()) == {"what the fix changes is in an alias, or behind an anchor that others use"}


# The command --------------------------------------------------------------------------------------------

WAVE = f"epochs: 100\n{SGD}scheduler: {{name: CosineAnnealingLR, T_max: 50}}  # a wave\n"
RIGHT = WAVE.replace("50}", "100}")
PATCH = f"""\
--- wave.yaml
+++ wave.yaml
@@ -1,3 +1,3 @@
 epochs: 100
 {SGD}-{WAVE.splitlines()[2]}
+{RIGHT.splitlines()[2]}
"""


def test_the_command_fixes_a_file_and_says_what_it_did(ended: Ended, tmp_path: Path) -> None:
    wave = tmp_path / "wave.yaml"
    # With a byte order mark and Windows' line ends, as an editor there leaves them.
    wave.write_bytes(b"\xef\xbb\xbf" + WAVE.replace("\n", "\r\n").encode())
    code, out, err = ended("lint", "--fix", "--strict", "wave.yaml")
    assert (code, err) == (0, "")
    assert out == "wave.yaml:3:45: fixed LR001: T_max: 100\n1 document: 1 fixed, nothing left\n"
    assert wave.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()
    assert ended("lint", "--fix", "--strict", "--quiet", "wave.yaml") == (0, "", "")


def test_differences_are_shown_and_nothing_is_written(ended: Ended, tmp_path: Path) -> None:
    wave = tmp_path / "wave.yaml"
    wave.write_text(WAVE, encoding="utf-8")
    code, out, err = ended("lint", "--diff", "--strict", "wave.yaml")
    assert (code, out) == (1, PATCH)
    assert "wave.yaml:3:45: warning LR001" in err
    assert wave.read_text(encoding="utf-8") == WAVE
    code, out, err = ended("lint", "--diff", "--fix", "--strict", "wave.yaml")
    assert (code, out) == (0, PATCH)
    assert "fixed LR001" in err
    assert wave.read_text(encoding="utf-8") == RIGHT


def test_what_is_left_decides_about_the_exit_code(ended: Ended, tmp_path: Path) -> None:
    stuck = next(rule.fires for rule in RULES if rule.id == "LR031").replace("100", "3").replace("98", "2")
    (tmp_path / "stuck.yaml").write_text(stuck, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(WAVE.replace("T_max", "T_min"), encoding="utf-8")
    (tmp_path / "wave.yaml").write_text(WAVE, encoding="utf-8")
    code, out, _ = ended("lint", "--fix", "stuck.yaml", "wave.yaml")
    assert code == 1
    assert "2 documents: 1 fixed, 1 error, " in out
    (tmp_path / "wave.yaml").write_text(WAVE, encoding="utf-8")
    code, out, err = ended("lint", "--fix", "bad.yaml", "wave.yaml")
    assert code == 2
    assert "scheduler.T_min: unknown key 'T_min'" in out
    assert err == "bad.yaml: not valid, see the errors above\n"
    assert (tmp_path / "wave.yaml").read_text(encoding="utf-8") == RIGHT


def test_reports_for_programs_hold_what_was_fixed(ended: Ended, tmp_path: Path) -> None:
    (tmp_path / "wave.yaml").write_text(WAVE, encoding="utf-8")
    _, out, _ = ended("lint", "--fix", "--format", "json", "wave.yaml")
    (document,) = json.loads(out)["documents"]
    assert document["findings"] == []
    assert [one["id"] for one in document["fixed"]] == ["LR001"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--diff", "--format", "json", "wave.yaml"], "--format json: stdout takes the differences"),
        (["--fix", "--format", "sarif", "-"], "--format sarif: stdout takes the document"),
        (["--fix", "/dev/null"], "--fix: /dev/null is not a regular file"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_for(ended: Ended, arguments: list[str], words: str) -> None:
    code, out, err = ended("lint", *arguments)
    assert (code, out) == (2, "")
    assert words in err


# Speed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "member",
    [
        "{name: StepLR, step_size: 60, gamma: 0.99}",
        "{name: StepLR, step_size: 10, gamma: 0.99}",
        "{name: ReduceLROnPlateau, patience: 3}",
        "{name: SequentialLR, milestones: [5], schedulers: [{name: LinearLR}, {name: StepLR, step_size: 9}]}",
        "{name: StepLR, step_size: 60, gamma: 0.99}  # lrviz: ignore[LR010] a test",
    ],
)
@pytest.mark.slow
def test_lint_is_linear_in_the_members_of_a_list(member: str) -> None:
    """Four times the members take four times as long, not sixteen times."""

    def seconds(members: int) -> float:
        document = loads(
            f"epochs: 50\n{SGD}metric: {{expression: '0.9 ** t'}}\nscheduler:\n" + f"- {member}\n" * members
        )
        started = time.process_time()
        linted(document)
        return time.process_time() - started

    few, many = (min(seconds(members) for _ in range(3)) for members in (100, 400))
    assert many < 8 * few
