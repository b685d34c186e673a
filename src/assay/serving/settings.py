"""What can be asked of `assay serve`; held against what is typed without importing anything heavy."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Annotated, Literal

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help, Inline
from assay.errors import ConfigError
from assay.serving.watch.settings import WatchSettings

MEGABYTE = 1_000_000
EXPERIMENT = re.compile(r"[\w][\w. -]{0,63}", re.ASCII)
"""How an experiment may be called."""


@dataclass(frozen=True)
class ServeRequest:
    """The words of `assay serve` itself.

    Attributes:
        model: what names the model; "" for the champion.
        host: of the interface that it listens on.
        port: that it listens on.
        store: URL of the service's database, or path of a SQLite file; "" for one beside the runs.
        proxy: addresses that are believed about who their client is; () for nobody.
        tls_cert: file of its certificate; "" for none, and no TLS.
        tls_key: file of the certificate's private key; "" for the same file.
        threads: that compute about a picture; None takes one per physical core.
        deadline_ms: milliseconds within which an answer is wanted where a client names no others.
        queue: pictures that may wait.
        picture_mb: megabytes of a picture, at most.
        request_mb: megabytes of a request, at most.
        megapixels: of a picture, at most.
        pictures: in one request, at most.
        per_minute: requests of a key.
        per_day: pictures of a key.
        poll_seconds: between two looks whether another model is champion now; 0 never looks.
        drain_seconds: for accepted requests once the service was told to end.
        consent: file of the text that is agreed to before a picture is kept; "" for the one that comes along.
        kept: folder of the pictures that are kept with consent; "" for one beside the database.
        fetch: whether pictures are fetched by address; None does so while others cannot ask.
        fetch_networks: from which they may be fetched beside the public internet, as CIDR.
        jobs: folder for the pictures of jobs until they are answered; "" for one beside the database.
        job_mb: megabytes of a job, at most.
        job_pictures: of a job, at most.
        open_jobs: of a key, at most.
        results_days: for which the results of a job that has ended are kept.
        retention: how long what is kept, as KIND:DAYS; the others keep their defaults.
        log: whether an answer that cannot be logged is refused.
        unit: of which system the file is printed that starts this service; "" starts it.
        challenger: names a model that answers some keys instead; "" for none.
        share: of the keys that the challenger answers.
        shadow: names a model that looks on at all that is answered; "" for none.
        experiment: name of the comparison; "" takes one from the two bundles.
        pages: who may ask on the pages: "open" anybody, "key" whoever has a key, "off" nobody; "" is open while this
            machine alone can ask, and asks for a key elsewhere.
        visitors_per_minute: requests of all who ask on open pages together.
        visitors_per_day: pictures of theirs.
        c2pa_trust: file of certificates in PEM whose content credentials are trusted; "" trusts none.
        review_below: calibrated confidence under which an answer is queued for review.
        review_random: share of all answers that is queued whatever the model said.
        review_known: share of what a reviewer gets, whose class is known.
        review_guide: folder of the guideline of reviewers; "" for none.
        watch: how it is watched; each key of these settings has `watch_` before it.
        alert_webhook: address to which alerts are told; "" for none.
    """

    model: Annotated[str, Help("as assay classify takes it; the champion without it")] = ""
    host: Annotated[str, Help("that it listens on; any but this machine's own needs tls_cert= or proxy=")] = "127.0.0.1"
    port: Annotated[int, Between(1, 65535), Help("that it listens on", shown="PORT")] = 8000
    store: Annotated[
        str, Help("URL of PostgreSQL, or path of a SQLite file; service.db beside the runs without it")
    ] = ""
    proxy: Annotated[
        tuple[str, ...], Help("addresses of proxies that end TLS, and are believed about who their client is")
    ] = ()
    tls_cert: Annotated[
        str, Help("certificate in PEM with those that it stands on, for TLS without a proxy", shown="FILE")
    ] = ""
    tls_key: Annotated[
        str, Help("its private key in PEM, without a password; in the same file without it", shown="FILE")
    ] = ""
    threads: Annotated[
        int | None,
        AtLeast(1),
        Help("that compute about a picture, of an ONNX form; without it one per physical core", shown="N"),
    ] = None
    deadline_ms: Annotated[
        int, Between(1, 600_000), Help("within which a client wants his answer, where he names no X-Deadline-Ms")
    ] = 10_000
    queue: Annotated[int, Between(1, 100_000), Help("pictures that may wait; more are refused at once")] = 256
    picture_mb: Annotated[float, Between(0.001, 1000), Help("of a picture, at most")] = 20.0
    request_mb: Annotated[float, Between(0.001, 10_000), Help("of a request with several pictures, at most")] = 64.0
    megapixels: Annotated[float, Between(0.0001, 300), Help("of a picture, at most")] = 25.0
    pictures: Annotated[int, Between(1, 1000), Help("in a request, at most")] = 32
    per_minute: Annotated[int, AtLeast(1), Help("requests of a key in a minute")] = 100
    per_day: Annotated[int, AtLeast(1), Help("pictures of a key in a day")] = 10_000
    poll_seconds: Annotated[
        float, Between(0, 86_400), Help("between two looks whether another model is champion now; 0 never looks")
    ] = 5.0
    drain_seconds: Annotated[float, Between(0, 3600), Help("for what was accepted, once it is told to end")] = 30.0
    consent: Annotated[
        str,
        Help("text that is agreed to before a picture is kept, its version in the first line; Assay's without it"),
    ] = ""
    kept: Annotated[
        str, Help("folder of pictures that are kept with consent; service-pictures beside the runs without it")
    ] = ""
    fetch: Annotated[
        bool | None,
        Help("whether clients may name a picture's address; without it only while this machine alone can ask"),
    ] = None
    fetch_networks: Annotated[
        tuple[str, ...], Help("of yours, from which pictures may be fetched beside the public internet: [10.1.0.0/16]")
    ] = ()
    jobs: Annotated[
        str, Help("folder for the pictures of jobs until they are answered; service-jobs beside the runs without it")
    ] = ""
    job_mb: Annotated[float, Between(0.001, 4000), Help("of what is sent as a job, at most")] = 1000.0
    job_pictures: Annotated[int, Between(1, 16_000), Help("in a job, at most")] = 10_000
    open_jobs: Annotated[int, AtLeast(1), Help("of a key that have not ended")] = 4
    results_days: Annotated[float, Between(0, 3650), Help("for which the results of a job that has ended are kept")] = (
        7.0
    )
    retention: Annotated[
        tuple[str, ...], Help("how long what is kept, as [pictures:30d,trail:never]; assay privacy report lists all")
    ] = ()
    log: Annotated[bool, Help("false answers also while the log cannot be written; true refuses then")] = True
    unit: Annotated[
        Literal["", "systemd"],
        Help("prints the unit that starts the service as it is typed, instead of starting it"),
    ] = ""
    challenger: Annotated[
        str, Help("a model that answers a share of the keys instead of the champion, always the same ones")
    ] = ""
    share: Annotated[float, Between(0.001, 0.9), Help("of the keys, for the challenger")] = 0.1
    shadow: Annotated[
        str, Help("a model that is asked about every picture as well; nobody but the log hears what it says")
    ] = ""
    experiment: Annotated[str, Help("name of this comparison; made of the two bundles without it")] = ""
    pages: Annotated[
        Literal["", "open", "key", "off"],
        Help("who may ask on the page at /: anybody, or whoever has a key; without it anybody on this machine alone"),
    ] = ""
    visitors_per_minute: Annotated[int, AtLeast(1), Help("requests of all without a key on open pages, together")] = 600
    visitors_per_day: Annotated[int, AtLeast(1), Help("pictures of all without a key on open pages, together")] = 20_000
    c2pa_trust: Annotated[
        str, Help("certificates in PEM by which content credentials are trusted; without it none is", shown="FILE")
    ] = ""
    review_below: Annotated[
        float,
        Between(0, 1),
        Help("confidence under which an answer with a kept picture goes to the review desk"),
    ] = 0.75
    review_random: Annotated[float, Between(0, 1), Help("share of all answers that goes there, drawn at random")] = 0.02
    review_known: Annotated[float, Between(0, 0.5), Help("share of known items among those of a reviewer")] = 0.05
    review_guide: Annotated[
        str, Help("folder with guideline.md and a folder of example pictures for each class", shown="FOLDER")
    ] = ""
    watch: Annotated[WatchSettings, Inline("watch_")] = field(default_factory=WatchSettings)
    alert_webhook: Annotated[str, Help("address of https to which alerts are told", shown="URL")] = ""


def refuse_open_doors(request: ServeRequest) -> None:
    """Keys must not travel in the clear: without TLS, its own or before it, the service is for this machine alone.

    Raises:
        ConfigError: it would listen to others without TLS, or believe anybody about who his client is.
    """
    if request.tls_key and not request.tls_cert:
        raise ConfigError(f"tls_key={request.tls_key}: is the key of a certificate; name that too, by tls_cert=FILE")
    for proxy in request.proxy:
        try:
            everybody = ipaddress.ip_network(proxy, strict=False).prefixlen == 0
        except ValueError:
            everybody = True
        if everybody:
            raise ConfigError(
                f"proxy={proxy}: is no address (10.0.0.2) or network (10.0.0.0/24) of a proxy; whoever is named is "
                "believed about who his client is, and that he ends TLS"
            )
    if not is_loopback(request.host) and not request.proxy and not request.tls_cert:
        raise ConfigError(
            f"host={request.host}: others would send their keys in the clear; give it a certificate (tls_cert=FILE "
            "tls_key=FILE), put a proxy that ends TLS before it and name its address (proxy=10.0.0.2), or listen to "
            "this machine alone (host=127.0.0.1)"
        )


def refuse_mixed_experiments(request: ServeRequest) -> None:
    """One rival at a time: two would be compared with each other by chance alone.

    Raises:
        ConfigError: a challenger and a shadow are named, or an experiment of none of them, or one of no fit name.
    """
    if request.challenger and request.shadow:
        raise ConfigError("challenger= and shadow= do not go together: name one of them")
    if request.experiment and not (request.challenger or request.shadow):
        raise ConfigError(
            f"experiment={request.experiment}: nothing is compared; name a model by challenger=MODEL or shadow=MODEL"
        )
    if request.experiment and not EXPERIMENT.fullmatch(request.experiment):
        raise ConfigError(
            f"experiment={request.experiment}: at most 64 letters, digits, dots, dashes and spaces, a letter first"
        )


def fetches(request: ServeRequest) -> bool:
    """Whether pictures are fetched by address.

    Every address is checked, but what a server gives to this machine alone, because it trusts the machine's own public
    address, a client could read through it. So where others ask, the operator decides; a laptop needs no option.
    """
    if request.fetch is None:
        return is_loopback(request.host) and not request.proxy
    return request.fetch


def who_may_ask(request: ServeRequest) -> str:
    """Who may ask on the pages: "open", "key" or "off"."""
    if request.pages:
        return request.pages
    return "open" if is_loopback(request.host) and not request.proxy else "key"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
