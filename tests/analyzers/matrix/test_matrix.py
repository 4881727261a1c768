"""Whatever way a server is right in is silent, every damage to it is found where it is, and mending it is told."""

import pytest

from tests.analyzers.matrix import authorization, credentials, destinations, exposure, records, texts
from tests.analyzers.matrix.cells import MISSING, Cell, blocking, review, scan

FAMILIES = (authorization, destinations, credentials, records, texts, exposure)
CELLS = tuple(cell for family in FAMILIES for cell in family.cells())
SOUND = {cell.form: cell for cell in CELLS}
ENOUGH = 300


@pytest.mark.parametrize("cell", SOUND.values(), ids=SOUND)
def test_a_sound_server_is_silent(cell: Cell) -> None:
    report = scan(cell.fixed)

    assert cell.reported(report) == []
    assert blocking(report) == []


@pytest.mark.parametrize("cell", CELLS, ids=[cell.name for cell in CELLS])
def test_damage_is_found_where_it_is_new_in_a_review_and_gone_when_mended(cell: Cell) -> None:
    expected = [(cell.rule, cell.place())]
    mended = review(cell.broken, cell.fixed)

    assert cell.reported(scan(cell.broken)) == expected
    assert cell.new_in_review() == [(MISSING.get(cell.rule, cell.rule), cell.place())]
    assert cell.rule in [finding.rule for finding in mended.fixed]
    assert [finding.rule for finding in mended.findings if finding.new] == []


def test_the_matrix_has_no_cell_twice_and_enough_of_them() -> None:
    assert len({cell.name for cell in CELLS}) == len(CELLS) >= ENOUGH
