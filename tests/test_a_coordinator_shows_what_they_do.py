"""A coordinator shows what they do: by a link or a file, which she may replace, remove and put back."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from lms.database import now, one_transaction, session
from lms.measures.evidence import models
from lms.measures.evidence.duties import forget_evidence
from lms.measures.evidence.kinds import LARGEST_FILE
from lms.measures.evidence.models import Evidence
from lms.measures.models import plan_in
from lms.measures.standing import plan_of
from lms.organisations.events import Event
from lms.people.models import Person
from tests.cast import Theatre, signed_in
from tests.plans import plan_a_measure
from tests.proofs import PDF_FILE, all_evidence

PNG_FILE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)


def place(theatre: Theatre, rest: str = "/about/guidelines") -> str:
    return f"/organisations/{theatre.id}/evidence{rest}"


def add(
    client: FlaskClient, where: str, content: bytes = PDF_FILE, name: str = "rutine.pdf", **more: Any
) -> TestResponse:
    """Send the form with a file, as a browser does."""
    file = FileStorage(io.BytesIO(content), filename=name)
    boundary, body = encode_multipart({"title": "", "url": "", **more, "file": file})
    return client.post(where, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def of(theatre: Theatre, evidence: Evidence, act: str) -> str:
    return place(theatre, f"/{evidence.id}/{act}")


def files(app: Flask) -> list[Path]:
    return sorted((Path(app.config["LMS_INSTANCE"]) / "files").glob("*/*"))


def test_a_link_and_a_file_stand_at_the_requirement(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    empty = mona.get(place(theatre)).text
    assert "Retningslinjer mot seksuell trakassering og diskriminering" in empty
    assert "Ingenting her ennå" in empty
    assert (
        mona.post(place(theatre), data={"url": "teatret.no/trygt#slik", "title": "Slik jobber vi"}).status_code == 303
    )
    answer = add(mona, place(theatre), name="Rutine æøå.pdf")
    link, file = all_evidence(app)

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{place(theatre)}#evidence-{file.id}"
    assert link.url == "https://teatret.no/trygt#slik"
    assert (file.title, file.size, file.media_type) == ("Rutine æøå.pdf", len(PDF_FILE), "application/pdf")
    for page in (mona.get(place(theatre)).text, mona.get(place(theatre, "")).text):
        assert "Slik jobber vi" in page
        assert "Rutine æøå.pdf" in page
        assert "Mona Haug" in page
    with app.app_context():
        assert [event.what for event in session.query(Event).order_by(Event.at)][-2:] == ["evidence.added"] * 2


def test_a_file_is_handed_out_to_be_kept(app: Flask, mona: FlaskClient, siv: FlaskClient, theatre: Theatre) -> None:
    add(mona, place(theatre), name="Rutine «æøå»\u202e.pdf")
    (file,) = all_evidence(app)
    for client in (mona, siv):
        answer = client.get(of(theatre, file, "file"))
        assert answer.data == PDF_FILE
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Length"] == str(len(PDF_FILE))
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename=\"Rutine a.pdf\"; filename*=UTF-8''Rutine%20%C2%AB%C3%A6%C3%B8%C3%A5%C2%BB.pdf"
        )
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["../../../etc/cron.d/x.pdf", 'a"; filename="b.html.pdf', "/.pdf"])
def test_a_name_leads_nowhere(app: Flask, mona: FlaskClient, theatre: Theatre, name: str) -> None:
    assert add(mona, place(theatre), name=name).status_code == 303
    (file,) = all_evidence(app)
    answer = mona.get(of(theatre, file, "file"))

    (lying,) = files(app)
    assert lying.parent.name == theatre.id.hex
    assert len(lying.name) == 32
    assert answer.data == PDF_FILE
    assert answer.headers["Content-Disposition"].count('"') == 2


def test_what_the_browser_says_about_a_file_is_not_believed(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    page = b"<html><script>alert(1)</script>"
    for content, name, said in ((page, "rutine.pdf", "application/pdf"), (PNG_FILE, "rutine.pdf", "application/pdf")):
        lies = {"title": "Rutinen vår", "file": (io.BytesIO(content), name, said)}
        answer = mona.post(place(theatre), data=lies)
        assert answer.status_code == 422
        assert 'value="Rutinen vår"' in answer.text
    assert add(mona, place(theatre), PNG_FILE, "plakat.png").status_code == 303

    assert [each.media_type for each in all_evidence(app)] == ["image/png"]
    assert len(files(app)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Skriv inn en lenke, eller velg en fil."),
        ({"url": "javascript:alert(1)"}, "Skriv hele adressen"),
        ({"url": "file:///etc/passwd"}, "Skriv hele adressen"),
        ({"url": "intranett"}, "Skriv hele adressen"),
        ({"url": "https://kari:hemmelig@teatret.no/"}, "Skriv hele adressen"),
        ({"url": f"https://teatret.no/{'a' * 2_000}"}, "Adressen kan ha høyst 2000 tegn."),
        ({"url": "https://teatret.no", "title": "a" * 201}, "Beskrivelsen kan ha høyst 200 tegn."),
    ],
)
def test_what_was_written_is_kept(
    app: Flask, mona: FlaskClient, theatre: Theatre, fields: dict[str, str], said: str
) -> None:
    answer = mona.post(place(theatre), data={"title": "Rutinen vår", **fields})

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{fields.get("title", "Rutinen vår")}"' in answer.text
    assert f'value="{fields.get("url", "")}"' in answer.text
    assert all_evidence(app) == []


def test_a_link_and_a_file_at_once_are_asked_for_one_by_one(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = add(mona, place(theatre), url="https://teatret.no/trygt")

    assert answer.status_code == 422
    assert "Legg inn den ene først" in answer.text
    assert 'value="https://teatret.no/trygt"' in answer.text
    assert files(app) == []


def test_a_file_of_twenty_megabytes_is_taken_and_no_larger_one(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    whole = PDF_FILE + bytes(LARGEST_FILE - len(PDF_FILE))
    assert add(mona, place(theatre), whole).status_code == 303
    answer = add(mona, place(theatre), whole + b"\0", title="For stor")
    assert answer.status_code == 422
    assert "Fila er for stor: Vi tar imot opptil 20 MB." in answer.text
    assert 'value="For stor"' in answer.text
    answer = add(mona, place(theatre), whole * 2)
    assert answer.status_code == 413
    assert "velg en mindre fil" in answer.text

    assert [each.size for each in all_evidence(app)] == [LARGEST_FILE]
    assert [file.stat().st_size for file in files(app)] == [LARGEST_FILE]


def test_only_those_who_may_add_can_send_so_much(app: Flask, theatre: Theatre) -> None:
    large = bytes(3_000_000)
    for name in ("kari", "ola", "siv"):
        assert add(signed_in(app, theatre, name), place(theatre), large).status_code in (404, 413)
    assert add(app.test_client(), place(theatre), large).status_code in (401, 413)
    answer = signed_in(app, theatre, "mona").post(
        f"/organisations/{theatre.id}/measures", data={"what": "a" * 3_000_000}
    )

    assert answer.status_code == 413


def test_nobody_waits_for_a_file_that_comes_slowly(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Whoever sends one from a train holds up no other writing, on SQLite either, where one writes at a time."""
    boundary = "grense"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'.encode()
    body = io.BytesIO(head + PDF_FILE + f"\r\n--{boundary}--\r\n".encode())
    wrote = []

    class Slow(io.BytesIO):
        def readinto(self, into: Any) -> int:
            if not wrote:
                with app.extensions["lms"].engine.connect() as other:
                    other.execute(text("PRAGMA busy_timeout = 200"))
                    other.execute(text("UPDATE lms_organisation SET name = 'Imens'"))
                    other.commit()
                    wrote.append(True)
            return super().readinto(into)

    answer = mona.post(
        place(theatre),
        input_stream=Slow(body.getvalue()),
        content_length=len(body.getvalue()),
        content_type=f"multipart/form-data; boundary={boundary}",
    )

    assert wrote == [True]
    assert answer.status_code == 303


def test_it_can_be_replaced_removed_and_put_back(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    add(mona, place(theatre), name="gammel.pdf")
    (old,) = all_evidence(app)
    form = mona.get(of(theatre, old, "replacement")).text
    assert 'value="gammel.pdf"' in form
    wrong = mona.post(of(theatre, old, "replacement"), data={"title": "Ny rutine"})
    assert wrong.status_code == 422
    assert 'value="Ny rutine"' in wrong.text
    assert add(mona, of(theatre, old, "replacement"), PNG_FILE, "ny.png").status_code == 303
    assert mona.post(of(theatre, old, "replacement"), data={"url": "https://teatret.no"}).status_code == 404
    page = mona.get(place(theatre)).text
    assert "1 er fjernet" in page
    assert mona.get(of(theatre, old, "file")).status_code == 404
    for _press in range(2):
        assert mona.post(of(theatre, old, "removal/undo")).status_code == 303

    assert [each.removed_at for each in all_evidence(app)] == [None, None]
    assert mona.get(of(theatre, old, "file")).data == PDF_FILE


def test_what_was_removed_is_gone_after_thirty_days(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    add(mona, place(theatre), name="Kari Berg sykmeldt.pdf")
    add(mona, place(theatre), name="rutine.pdf")
    gone, _kept = all_evidence(app)
    mona.post(of(theatre, gone, "removal"))
    stray = files(app)[0].parent / ("0" * 32)
    stray.write_bytes(b"from a server that died")
    for days, left in ((29, 2), (32, 1)):
        with time_machine.travel(now() + timedelta(days=days), tick=False), app.app_context(), one_transaction():
            forget_evidence()
        assert len(files(app)) == left, days

    assert not stray.exists()
    first, second = all_evidence(app)
    assert (first.title, first.file_name, first.stored_key) == ("", "", "")
    assert first.removed_by == theatre.people["mona"]
    assert second.title == "rutine.pdf"
    assert mona.post(of(theatre, gone, "removal/undo")).status_code == 404
    assert "fjernet" not in mona.get(place(theatre)).text


def test_a_file_that_is_just_coming_in_is_no_stray(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    add(mona, place(theatre))
    fresh = files(app)[0].parent / ("0" * 32)
    fresh.write_bytes(b"its row is on its way")
    with app.app_context(), one_transaction():
        forget_evidence()

    assert fresh.exists()


def test_a_measure_has_evidence_too_and_counts_for_its_requirement(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        by = session.get_one(Person, theatre.people["mona"])
        measure = plan_a_measure(theatre.id, by, "Vi vedtar retningslinjer", requirement="guidelines")
        number = measure.id
    assert not _met(app, theatre, "guidelines")
    assert add(mona, place(theatre, f"/about/{number}"), title="Vedtaket").status_code == 303
    assert _met(app, theatre, "guidelines")
    shown = mona.get(place(theatre, "")).text
    assert "Vi vedtar retningslinjer" in shown
    assert "Vedtaket" in shown
    with app.app_context(), one_transaction():
        session.query(Evidence).one().state = "gone"

    assert not _met(app, theatre, "guidelines")


def _met(app: Flask, theatre: Theatre, key: str) -> bool:
    with app.app_context():
        return plan_of(theatre.id).requirement(key).is_met


@pytest.mark.parametrize("about", ["nothing-of-the-kind", "01a19b7c-a680-7c48-a3bf-484f63270997", "..", "%00"])
def test_a_forged_subject_is_nowhere(mona: FlaskClient, theatre: Theatre, about: str) -> None:
    assert mona.get(place(theatre, f"/about/{about}")).status_code == 404
    assert add(mona, place(theatre, f"/about/{about}")).status_code == 404


def test_another_organisation_sees_and_changes_nothing(
    app: Flask, mona: FlaskClient, ola: FlaskClient, kari: FlaskClient, theatre: Theatre
) -> None:
    add(mona, place(theatre))
    (file,) = all_evidence(app)
    with app.app_context():
        festival = session.execute(text("SELECT id FROM lms_organisation WHERE name = 'Festivalen Deres'")).scalar_one()
    elsewhere = f"/organisations/{festival}/evidence/{file.id}"
    for client in (ola, kari):
        assert client.get(of(theatre, file, "file")).status_code == 404
        assert client.get(f"{elsewhere}/file").status_code == 404
        for act in ("removal", "removal/undo", "confirmation", "replacement"):
            assert client.post(of(theatre, file, act)).status_code == 404
            assert client.post(f"{elsewhere}/{act}").status_code == 404

    assert all_evidence(app)[0].removed_at is None


def test_a_facilitator_of_others_sees_nothing(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    add(mona, place(theatre))
    (file,) = all_evidence(app)
    with app.app_context(), one_transaction():
        another = Person(name="Per Lie", language="nb", scheme_role="facilitator")
        session.add(another)
        session.flush()
        number = another.id
    per = app.test_client()
    with per.session_transaction() as ticket:
        ticket["_user_id"] = f"{number}.1"

    assert per.get(place(theatre, "")).status_code == 404
    assert per.get(of(theatre, file, "file")).status_code == 404


def test_the_scheme_reads_and_changes_nothing(
    app: Flask, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    add(mona, place(theatre), title="Rutinen vår")
    (file,) = all_evidence(app)
    for page in (siv.get(place(theatre)).text, siv.get(place(theatre, "")).text):
        assert "Rutinen vår" in page
        assert "<form" not in page.partition("<main")[2].partition("</main")[0]
    assert siv.post(of(theatre, file, "removal")).status_code == 404


def test_there_is_an_end_to_it(
    app: Flask, mona: FlaskClient, theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MOST_EVIDENCE", 2)
    for _number in range(2):
        assert add(mona, place(theatre)).status_code == 303
    answer = add(mona, place(theatre), title="En til")

    assert answer.status_code == 422
    assert "Det er så mye her som noen kan se gjennom." in answer.text
    assert 'value="En til"' in answer.text
    assert len(files(app)) == 2


def test_a_file_that_has_been_lost_is_missing_and_no_more(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    add(mona, place(theatre))
    (file,) = all_evidence(app)
    files(app)[0].unlink()

    assert mona.get(of(theatre, file, "file")).status_code == 404
    assert mona.get(place(theatre)).status_code == 200


def test_files_may_lie_in_a_folder_of_their_own(
    app: Flask, mona: FlaskClient, theatre: Theatre, tmp_path: Path
) -> None:
    app.config["LMS_FILES"] = str(tmp_path / "elsewhere")
    add(mona, place(theatre))

    assert files(app) == []
    assert len(list((tmp_path / "elsewhere").glob("*/*"))) == 1


def test_a_plan_is_opened_by_the_first_evidence(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context():
        assert plan_in(theatre.id) is None
    mona.post(place(theatre), data={"url": "https://teatret.no"})
    with app.app_context():
        assert plan_in(theatre.id) is not None
