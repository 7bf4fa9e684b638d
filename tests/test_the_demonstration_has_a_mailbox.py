"""In a demonstration the invited people's mail can be read, and nothing else on the machine."""

import smtplib
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

from lms.mail import views
from lms.mail.mailbox import keep_letter, letters, open_mailbox

TEMPLATES = Path(__file__).parent.parent / "lms" / "templates"
LAYOUT = "<title>{% block title %}{% endblock %}</title>{% block content %}{% endblock %}"
LINK = "https://balanse.example.no/sign-in/a1?b=2&c=3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mailbox"
    folder.mkdir()
    return folder


@pytest.fixture
def app(folder: Path) -> Flask:
    """The mailbox in an application that is nothing else."""
    app = Flask("mailbox")
    app.config["LMS_MAILBOX"] = str(folder)
    app.jinja_loader = ChoiceLoader([DictLoader({"lms/layout.html": LAYOUT}), FileSystemLoader(TEMPLATES)])
    app.jinja_env.globals.update(_=str)
    app.jinja_env.filters.update(in_words=str, clock_time=str)
    app.register_blueprint(views.bp)
    return app


def letter(subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "balanse@example.no", "kari@example.no", subject
    message["Content-Language"] = "nb"
    message.set_content(text)
    return message


def test_what_is_sent_can_be_read_and_its_link_clicked(app: Flask, folder: Path) -> None:
    with open_mailbox(folder) as port, smtplib.SMTP("127.0.0.1", port) as line:
        line.send_message(letter("Første <brev>", "Hei"))
        line.send_message(letter("Lenken din", f"Hei, Kari & co!\n\nÅpne {LINK}.\nHilsen <oss>"))
    kari = app.test_client()

    listed = kari.get("/mailbox/")
    assert listed.text.index("Lenken din") < listed.text.index("Første &lt;brev&gt;")
    assert listed.headers["Cache-Control"] == "no-store"

    newest = letters(folder)[0]
    shown = kari.get(f"/mailbox/{newest.number}")
    assert f'href="{LINK.replace("&", "&amp;")}"' in shown.text
    assert "Kari &amp; co!" in shown.text
    assert "Hilsen &lt;oss&gt;" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_an_empty_mailbox_says_what_to_do(app: Flask) -> None:
    assert "No e-mail has come yet" in app.test_client().get("/mailbox/").text


def test_no_address_leads_out_of_the_folder(app: Flask, folder: Path) -> None:
    number = keep_letter(folder.parent, letter("Outside", "Not yours").as_bytes())
    (folder / "notes.eml").write_text("Subject: Not a letter of ours\n\nHei")
    kari = app.test_client()

    for address in (
        f"../{number}",
        f"..%2f{number}",
        f"%2e%2e/{number}.eml",
        f"{folder.parent}/{number}",
        "notes",
        "notes.eml",
        str(number),
        str(uuid4()),
    ):
        assert kari.get(f"/mailbox/{address}").status_code == 404, address
    assert "Not a letter" not in kari.get("/mailbox/").text


def test_a_broken_letter_hides_no_other(app: Flask, folder: Path) -> None:
    keep_letter(folder, letter("Whole", "Hei").as_bytes())
    for raw in (b"", b"\xff\xfe\x00", b"Date: never\nContent-Type: text/plain; charset=klingon\n\n\xe5"):
        broken = keep_letter(folder, raw)
        assert app.test_client().get(f"/mailbox/{broken}").status_code == 200

    listed = app.test_client().get("/mailbox/")
    assert (listed.status_code, "Whole" in listed.text) == (200, True)


def test_without_the_setting_there_is_no_mailbox(app: Flask) -> None:
    app.config["LMS_MAILBOX"] = None
    assert app.test_client().get("/mailbox/").status_code == 404
    assert app.test_client().get(f"/mailbox/{uuid4()}").status_code == 404
