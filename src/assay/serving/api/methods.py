"""Which methods an address takes, of all its routes together: each route knows its own alone."""

from __future__ import annotations

from fastapi import Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match


def allowed_methods(request: Request) -> list[str]:
    """Methods that the address of a request takes, sorted."""
    routes = [context.original_route for context in iter_route_contexts(request.app.routes)]
    matching = [
        each for each in routes if isinstance(each, APIRoute) and each.matches(request.scope)[0] is not Match.NONE
    ]
    return sorted({method for each in matching for method in each.methods or ()})
