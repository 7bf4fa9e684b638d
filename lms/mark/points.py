"""The points a request for the mark is looked through by, in words, and where each of them is mended."""

from uuid import UUID

from flask import url_for

from lms.languages import _


def titles_of_points() -> dict[str, str]:
    """What each point is called, in the order of the page."""
    return {
        "courses": _("Courses and group session"),
        "mapping": _("Risk mapping"),
        "requirements": _("The minimum requirements"),
        "measures": _("Measures"),
        "plan": _("The way forward"),
    }


def missing_at_points() -> dict[str, str]:
    """What is missing at a point, for the organisation."""
    return {
        "courses": _("The group session of this round has not been held."),
        "mapping": _("The scheme has not accepted the risk mapping."),
        "requirements": _("Something is missing for the minimum requirements."),
        "measures": _("No measure has been started."),
    }


def where_to_mend(organisation_id: UUID) -> dict[str, str]:
    """The page on which a coordinator mends what is missing at a point."""
    return {
        "courses": url_for("lms.group_sessions.readiness", organisation_id=organisation_id),
        "mapping": url_for("lms.risks.show", organisation_id=organisation_id),
        "requirements": url_for("lms.measures.requirements", organisation_id=organisation_id),
        "measures": url_for("lms.measures.show", organisation_id=organisation_id),
        "plan": url_for("lms.mark.show", organisation_id=organisation_id, _anchor="request"),
    }
