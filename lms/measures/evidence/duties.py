"""What the worker does for evidence: looks whether links still lead there, and forgets what was removed."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import current_app

from lms.database import now, one_transaction, session
from lms.mail.duties import duty
from lms.measures.evidence.forgetting import forget_removed, stray_files
from lms.measures.evidence.links import look_at, take_due, tell, write_down
from lms.measures.evidence.models import A_DAY
from lms.measures.evidence.store import store
from lms.settings import networks_of_our_own

AT_ONCE = 8


@duty("look whether links still work", every_seconds=60)
def look_at_links() -> int:
    """Eight a minute, beside one another: letters wait ten seconds for strangers at most, and the database never."""
    looks = take_due(now(), AT_ONCE)
    session.commit()
    if not looks:
        return 0
    within = networks_of_our_own(current_app.config)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(partial(look_at, within=within), looks))
    with one_transaction():
        tell(write_down(found, now()))
    return len(found)


@duty("forget removed evidence", every_seconds=24 * 3600)
def forget_evidence() -> int:
    """Thirty days after it was removed; and files that belong to nothing, such as those of a server that died."""
    forget_removed(now())
    session.commit()
    strays = stray_files(store().keys(before=now() - A_DAY))
    for key in strays:
        store().forget(key)
    return len(strays)
