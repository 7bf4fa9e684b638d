"""A file is sent from a browser: a large one shows that it is on its way, and one that is too large is told at once."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from tests.cast import Theatre
from tests.proofs import PDF_FILE
from tests.rigs_browsers import OpenWindow


@pytest.mark.browser
def test_a_file_that_is_too_large_stays_at_home(
    mona: FlaskClient, theatre: Theatre, window: OpenWindow, tmp_path: Path
) -> None:
    large, small = tmp_path / "stor.pdf", tmp_path / "rutine.pdf"
    with large.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    small.write_bytes(PDF_FILE)
    page = window(mona).open(f"/organisations/{theatre.id}/evidence/about/guidelines")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    chosen, press = page.locator("#file"), page.get_by_role("button", name="Legg til", exact=True)

    chosen.set_input_files(large)
    assert "Fila er større enn 20 MB." in chosen.evaluate("field => field.validationMessage")
    press.click()
    expect(press).to_be_enabled()
    assert "POST" not in sent
    chosen.set_input_files(small)
    press.click()
    expect(page.get_by_role("link", name="rutine.pdf")).to_be_visible()
    assert sent.count("POST") == 1
    expect(page.locator("[data-sending]")).to_be_hidden()


@pytest.mark.browser
def test_it_goes_without_scripts(mona: FlaskClient, theatre: Theatre, window: OpenWindow, tmp_path: Path) -> None:
    small = tmp_path / "rutine.pdf"
    small.write_bytes(PDF_FILE)
    page = window(mona, scripts=False).open(f"/organisations/{theatre.id}/evidence/about/guidelines")
    page.locator("#file").set_input_files(small)
    page.get_by_role("button", name="Legg til", exact=True).click()

    expect(page.get_by_role("link", name="rutine.pdf")).to_be_visible()
