"""Results swapped in as a whole, or not at all."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from firecover.errors import OutputError
from firecover.outputs import folder as folder_module
from firecover.outputs.folder import MARKER, replaced_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run_once(target: Path, text: str) -> None:
    with replaced_folder(target) as folder:
        (folder / "results.json").write_text(text)


def run_half(target: Path, error: type[BaseException]) -> None:
    with replaced_folder(target) as folder:
        (folder / "results.json").write_text("half")
        raise error


@pytest.fixture
def target(tmp_path):
    return tmp_path / "processed" / "youyang"


def test_a_first_run_makes_the_folder(target):
    with replaced_folder(target) as folder:
        assert folder.parent == target.parent
        assert folder.is_dir()
        (folder / "results.json").write_text("1")
        assert not target.exists()
    assert names(target) == [MARKER, "results.json"]
    assert names(target.parent) == ["youyang"]


def test_a_second_run_replaces_all_of_it(target):
    with replaced_folder(target) as folder:
        (folder / "old.json").write_text("1")
    run_once(target, "2")
    assert names(target) == [MARKER, "results.json"]
    assert names(target.parent) == ["youyang"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_a_run_that_fails_leaves_the_last_results(target, error):
    run_once(target, "good")
    with pytest.raises(error):
        run_half(target, error)
    assert (target / "results.json").read_text() == "good"
    assert names(target.parent) == ["youyang"]


def test_a_first_run_that_fails_leaves_nothing(target):
    with pytest.raises(ValueError, match=r"^$"):
        run_half(target, ValueError)
    assert names(target.parent) == []


def test_an_interrupted_process_leaves_the_last_results(target):
    run_once(target, "good")
    process = start_run(target)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    assert (target / "results.json").read_text() == "good"
    assert names(target.parent) == ["youyang"]


def test_what_a_killed_process_leaves_is_cleared_by_the_next_run(target):
    run_once(target, "good")
    process = start_run(target)
    process.kill()
    process.wait(timeout=20)
    assert (target / "results.json").read_text() == "good"
    assert len(names(target.parent)) == 2
    run_once(target, "new")
    assert (target / "results.json").read_text() == "new"
    assert names(target.parent) == ["youyang"]


def start_run(target: Path) -> subprocess.Popen:
    code = """
        import signal, sys, time
        from pathlib import Path
        # a parent in the background may have told its children to ignore Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from firecover.outputs.folder import replaced_folder
        with replaced_folder(Path(sys.argv[1])) as folder:
            (folder / "results.json").write_text("half")
            print("writing", flush=True)
            time.sleep(60)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process.stdout as lines:
        assert lines.readline() == "writing\n"
    return process


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_results_moved_aside_by_a_dead_run_come_back(target):
    run_once(target, "good")
    host = folder_module._host()
    target.rename(target.with_name(f".youyang.old-{host}-{dead_pid()}-00ff00ff"))
    with pytest.raises(ValueError, match=r"^$"):
        run_half(target, ValueError)
    assert (target / "results.json").read_text() == "good"
    assert names(target.parent) == ["youyang"]


def test_folders_of_runs_that_may_live_are_left(target):
    target.parent.mkdir()
    mine = f".youyang.new-{folder_module._host()}-{os.getpid()}-00ff00ff"
    elsewhere = f".youyang.new-another_host-{dead_pid()}-00ff00ff"
    other = f".youyang2.new-{folder_module._host()}-{dead_pid()}-00ff00ff"
    for name in (mine, elsewhere, other):
        (target.parent / name).mkdir()
    run_once(target, "1")
    assert names(target.parent) == sorted([mine, elsewhere, other, "youyang"])
    long_ago = time.time() - 25 * 3600
    os.utime(target.parent / elsewhere, (long_ago, long_ago))
    run_once(target, "2")
    assert names(target.parent) == sorted([mine, other, "youyang"])


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "youyang").write_text("mine")
    with pytest.raises(OutputError, match="is a file"), replaced_folder(tmp_path / "youyang"):
        pass
    with pytest.raises(OutputError, match="cannot be"), replaced_folder(tmp_path / "youyang" / "x"):
        pass
    assert (tmp_path / "youyang").read_text() == "mine"


def test_a_folder_of_somebody_else_is_not_replaced(target):
    target.mkdir(parents=True)
    (target / "thesis.docx").write_text("years of work")
    with pytest.raises(OutputError, match="has not written"), replaced_folder(target):
        pass
    assert names(target) == ["thesis.docx"]


def test_an_empty_folder_is_taken(target):
    target.mkdir(parents=True)
    run_once(target, "1")
    assert (target / "results.json").read_text() == "1"


@pytest.mark.parametrize("failing", [1, 2])
def test_a_folder_that_cannot_be_moved_is_told_and_kept(target, monkeypatch, failing):
    """As on Windows while QGIS has the package open."""
    run_once(target, "good")
    rename, calls = Path.rename, []

    def refuse(self, new):
        calls.append(new)
        if len(calls) == failing:
            raise PermissionError(13, "in use", str(self))
        return rename(self, new)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="close the programs"):
        run_once(target, "new")
    assert (target / "results.json").read_text() == "good"
    assert names(target.parent) == ["youyang"]
