"""A theatre's intranet, with users, sign-in, forms and languages of its own, and Balanse's courses under /kurs."""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, abort, redirect, render_template, request, url_for
from flask_babel import Babel, get_locale
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from lms import LMS, HostUser
from lms.database import one_transaction, session
from lms.organisations.models import JoinLink, found_organisation
from lms.organisations.ways_in import join_link
from lms.schema import upgrade
from lms.settings import write_secret

HERE = Path(__file__).parent
STAFF = {"17": "Live Strand", "42": "Omar Said", "58": "Tuva Nygård"}
JOIN_CODE = "velkommen-til-sjobua"


class Colleague(UserMixin):
    """Somebody who works at the theatre, as the intranet knows her."""

    def __init__(self, number: str):
        self.id = number
        self.name = STAFF[number]


login_manager = LoginManager()
login_manager.user_loader(lambda number: Colleague(number) if number in STAFF else None)


def signed_in_here() -> HostUser | None:
    """Whom the intranet has signed in, in the words of the courses."""
    return HostUser(current_user.id, current_user.name) if current_user.is_authenticated else None


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The intranet with the courses in it, and its database up to date."""
    app = Flask(__name__, instance_path=str(HERE / "instance"))
    app.config.update(SESSION_COOKIE_NAME="intranet", SESSION_COOKIE_SAMESITE="Lax")
    app.config.update(config or {})
    folder = Path(app.config.get("LMS_INSTANCE") or app.instance_path)
    app.config.setdefault("SECRET_KEY", kept_key(folder / "intranet.key"))
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(compiled_texts(folder / "intranet-texts")))

    CSRFProtect(app)
    login_manager.init_app(app)
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(["nb", "en"], "nb"))
    LMS(app, url_prefix="/kurs", person_for=signed_in_here)

    with app.app_context():
        upgrade(app.extensions["lms"].engine)
        found_theatre()
    app.add_template_global(get_locale, "get_locale")
    app.add_url_rule("/", view_func=front)
    app.add_url_rule("/sign-in", view_func=sign_in, methods=["POST"])
    app.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])
    app.add_url_rule("/rota", view_func=rota)
    app.register_error_handler(404, lambda error: (render_template("lost.html"), 404))
    return app


def front() -> str:
    """The intranet's own front page."""
    return render_template("front.html", staff=STAFF, join_code=JOIN_CODE)


def sign_in() -> Response:
    """An intranet would ask for a password; this one believes everybody."""
    number = request.form.get("number", "")
    login_user(Colleague(number) if number in STAFF else abort(400))
    return redirect(url_for("front"), 303)


def sign_out() -> Response:
    """Leave the intranet, and with it the courses."""
    logout_user()
    return redirect(url_for("front"), 303)


@login_required
def rota() -> str:
    """A page that only the intranet's users see."""
    return render_template("rota.html", staff=STAFF)


def found_theatre() -> None:
    """The theatre as an organisation in the courses, with the link its staff enter by; made once."""
    with one_transaction():
        if join_link(JOIN_CODE) is None:
            theatre = found_organisation("Sjøbua teater", ["harassment", "norms"])
            session.add(JoinLink(organisation_id=theatre.id, label="Intranettet", code=JOIN_CODE))


def kept_key(file: Path) -> str:
    """The intranet's own key, made once."""
    if not file.exists():
        write_secret(file, os.urandom(32).hex())
    return file.read_text().strip()


def compiled_texts(folder: Path) -> Path:
    """The intranet's own translations, compiled where it may write."""
    for source in (HERE / "translations").rglob("*.po"):
        compiled = folder / source.relative_to(HERE / "translations").with_suffix(".mo")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as texts, compiled.open("wb") as out:
            write_mo(out, read_po(texts))
    return folder


if __name__ == "__main__":
    port = int(os.environ.get("PORT") or 5001)
    print(f"The intranet is open at http://127.0.0.1:{port}", flush=True)
    create_app().run("127.0.0.1", port, threaded=True)
