"""`assay serve`: the champion over HTTP."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import ParsedArguments
from assay.commands.registry_keys import BECAUSE, GROUPS, NAME
from assay.internet.public import networks_of
from assay.serving.settings import ServeRequest, refuse_mixed_experiments, refuse_open_doors
from assay.serving.watch.settings import refuse_unwatchable


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    asked = parsed.request(request)
    refuse_open_doors(asked)
    refuse_mixed_experiments(asked)
    refuse_unwatchable(asked.watch, asked.alert_webhook, start="watch_")
    networks_of(asked.fetch_networks)
    return asked, parsed.config()


COMMAND = Command(
    name="serve",
    purpose="Serve the champion over HTTP: pictures in, calibrated answers out, each logged before it is given.",
    pipeline="assay.serving.start.start",
    show="assay.commands.show.serve",
    request=ServeRequest,
    arguments=_arguments,
    groups=GROUPS,
    because=BECAUSE,
    shorthands=(NAME,),
    examples={
        "": "the champion of this project, for this machine alone, on port 8000",
        "store=postgresql://assay@db/assay host=0.0.0.0 proxy=10.0.0.2": "behind a proxy that ends TLS",
        "host=0.0.0.0 port=8443 tls_cert=fullchain.pem tls_key=privkey.pem": "to everybody, with TLS of its own",
        "port=8080 unit=systemd": "prints the unit that starts this service, with no more rights than it needs",
        "model=3f2a poll_seconds=0": "a run, whatever becomes champion",
        "challenger=assay@candidate share=0.1": "a tenth of the keys, always the same, is answered by another model",
        "shadow=3f2a": "a run is asked about every picture as well, and its answers are logged alone",
    },
    notes=(
        "A new champion takes over without a restart, once it has answered about its sealed pictures as it should. On",
        "SIGTERM it says that it is not ready, answers what it has let in, and ends.",
        "Keys: assay keys create. What it takes and gives: /docs of its address.",
    ),
)
