"""The risk factors every mapping asks about, which the courses let people rate."""

from flask import current_app

from lms.courses.risk_factors import RiskFactors


def catalogue() -> RiskFactors:
    """The catalogue in force, as it was read with the courses."""
    factors: RiskFactors = current_app.extensions["lms"].library.risk_factors
    return factors
