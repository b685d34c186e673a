"""The forms of the review desk; a file each, and those of installed packages."""

from __future__ import annotations

import functools

from assay.entry_points import installed_beside
from assay.errors import ServiceError, did_you_mean
from assay.review.forms import audit, heat_map, label, plausibility
from assay.review.forms.form import Form

FORMS: tuple[Form, ...] = (label.FORM, plausibility.FORM, heat_map.FORM, audit.FORM)
GROUP = "assay.review_forms"
"""Entry points of packages with forms of their own: `NAME = "package.module:FORM"`."""


def all_forms() -> dict[str, Form]:
    """Assay's own by name, then those of installed packages.

    Raises:
        ConfigError: an entry point gives something else.
    """
    return {form.name: form for form in (*FORMS, *installed())}


@functools.cache
def installed() -> tuple[Form, ...]:
    """Those of installed packages; looked for once, because it reads what every package says of itself.

    Raises:
        ConfigError: an entry point gives something else.
    """
    must_be = "a Form of review with a name of its own"
    return installed_beside(FORMS, GROUP, Form, lambda form: form.name, must_be=must_be)


def form_of(name: str) -> Form:
    """The form of a name.

    Raises:
        ServiceError: there is none, or the package that has it is not installed.
    """
    forms = all_forms()
    if name not in forms:
        raise ServiceError(f"{name}: there is no such form of review; {did_you_mean(name, forms)}")
    return forms[name]


def version_of(name: str) -> str:
    """The version of a form, by which two wordings of one can be told apart; "" where it is not installed."""
    form = all_forms().get(name)
    return "" if form is None else form.version
