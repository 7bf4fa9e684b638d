"""What the mark was asked for on the ground of is kept, also when somebody takes it out of the plan afterwards."""

import io
from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from lms.database import now, one_transaction
from lms.measures.evidence.duties import forget_evidence
from tests.cast import Theatre
from tests.marks import THE_WAY_ON, bring_on
from tests.proofs import PDF_FILE, all_evidence


def test_a_file_in_a_request_outlives_its_removal(
    app: Flask, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    place = f"/organisations/{theatre.id}/evidence"
    bring_on(app, theatre)
    for name in ("rutine.pdf", "utkast.pdf"):
        file = FileStorage(io.BytesIO(PDF_FILE), filename=name)
        assert mona.post(f"{place}/about/guidelines", data={"file": file}).status_code == 303
        if name == "rutine.pdf":
            asked = mona.post(f"/organisations/{theatre.id}/mark/request", data={"statement": THE_WAY_ON})
            assert asked.status_code == 303
    rested_on, other = all_evidence(app)
    for each in (rested_on, other):
        assert mona.post(f"{place}/{each.id}/removal").status_code == 303
    assert "på grunnlag av det" in mona.get(f"{place}/about/guidelines").text
    with time_machine.travel(now() + timedelta(days=400), tick=False), app.app_context(), one_transaction():
        forget_evidence()

    assert mona.get(f"{place}/{rested_on.id}/file").data == PDF_FILE
    assert siv.get(f"{place}/{rested_on.id}/file").data == PDF_FILE
    assert mona.get(f"{place}/{other.id}/file").status_code == 404
    kept, gone = all_evidence(app)
    assert (kept.title, gone.title) == ("rutine.pdf", "")
