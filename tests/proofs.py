"""Evidence for the cast: the theatre has a file and two links at a requirement, one of which has changed."""

import io
from typing import Any

from flask import Flask

from lms.database import now, one_transaction, session
from lms.measures.evidence.kinds import PDF
from lms.measures.evidence.models import Evidence, add_file, add_link
from lms.measures.evidence.store import store
from lms.measures.models import open_plan
from lms.people.models import Person

PDF_FILE = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def proofs(app: Flask, theatre: Any) -> dict[str, Any]:
    """Add it, and say what it is called in the addresses of pages."""
    with app.app_context(), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        plan = open_plan(theatre.id, mona)
        kept = store().keep(io.BytesIO(PDF_FILE), theatre.id)
        file = add_file(plan, "guidelines", "Retningslinjene våre", "retningslinjer.pdf", PDF, kept, mona)
        session.flush()
        links = [
            add_link(plan, "guidelines", title, f"https://teatret.example/{title}", mona) for title in ("trygt", "mål")
        ]
        session.flush()
        for link in links:
            link.found("a" * 64, now())
        links[1].found("b" * 64, now())
        removed = add_link(plan, "guidelines", "Den gamle siden", "https://teatret.example/gammel", mona)
        session.flush()
        removed.remove(mona)
        return {"evidence_id": file.id, "about": "guidelines", "lms.evidence.confirm.evidence_id": links[1].id}


def all_evidence(app: Flask) -> list[Evidence]:
    """Everything there is, the oldest first."""
    with app.app_context():
        return session.query(Evidence).order_by(Evidence.added_at, Evidence.id).all()
