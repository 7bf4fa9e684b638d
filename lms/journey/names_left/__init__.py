"""Where somebody who has been erased may still be named: for coordinators, until they have read it through."""
