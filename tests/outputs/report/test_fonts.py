from __future__ import annotations

import pytest
from matplotlib import font_manager

from firecover.outputs.report.fonts import (
    CJK_FAMILIES,
    LATIN_FAMILY,
    Lettering,
    find_cjk_family,
    lettering,
)

LATIN = Lettering("en", (LATIN_FAMILY,))


def test_a_family_that_is_not_there_or_has_no_chinese_is_passed_over():
    assert find_cjk_family(("No Such Font",)) is None
    assert find_cjk_family((LATIN_FAMILY,)) is None


@pytest.mark.skipif(find_cjk_family() is None, reason="no font here can draw Chinese")
def test_the_first_family_that_can_is_taken():
    found = find_cjk_family()
    assert found in CJK_FAMILIES
    assert find_cjk_family(("No Such Font", LATIN_FAMILY, found)) == found
    chinese, english = lettering("zh"), lettering("en")
    assert (chinese.lang, chinese.families[0]) == ("zh", found)
    assert (english.lang, english.families[0]) == ("en", LATIN_FAMILY)
    assert chinese.can_draw("酉阳土家族苗族自治县 5 min")
    assert english.can_draw("酉阳")


def test_without_chinese_the_words_are_english():
    assert lettering("zh", ("No Such Font",)) == LATIN


@pytest.mark.skipif(find_cjk_family() is None, reason="no font here can draw Chinese")
def test_fonts_installed_later_are_found(monkeypatch):
    found = find_cjk_family()
    known = font_manager.fontManager.ttflist
    files = {entry.fname for entry in known if entry.name == found}
    without = [entry for entry in known if entry.fname not in files]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", without)
    assert find_cjk_family() == found


def test_names_are_drawn_or_left_out():
    assert LATIN.name("酉阳", "Youyang") == "Youyang"
    assert LATIN.name("酉阳", None, float("nan")) == ""
    assert LATIN.name("two\nlines\u202e\x07 here") == "two lines here"
    assert not LATIN.can_draw("酉")


def test_what_a_font_is_asked_for():
    font = LATIN.properties(7.5, bold=True)
    assert (font.get_size(), font.get_weight(), font.get_family()) == (7.5, "bold", [LATIN_FAMILY])
