"""ClassifyRequest: which pictures are asked about, and which model is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from assay.config.request import Help
from assay.errors import ConfigError
from assay.internet.public import networks_of
from assay.internet.web_address import looks_like_url

INFO, STATS = "info", "stats"


def refuse_missing(words: Sequence[str]) -> None:
    """Return when each of these is a file, a folder, or an address.

    Raises:
        ConfigError: one is not there.
    """
    for word in words:
        if not looks_like_url(word) and not Path(word).expanduser().exists():
            raise ConfigError(
                f"{word}: there is no such file or folder; name a picture, a folder of pictures, or a list"
            )


def refuse_other_addresses(request: ClassifyRequest) -> None:
    """Return when what stands behind `url` is an address, and the networks are networks.

    Raises:
        ConfigError: it is not.
    """
    if request.url and not looks_like_url(request.url):
        raise ConfigError(f"url={request.url}: begins with neither http:// nor https://; a file goes behind image=")
    networks_of(request.fetch_networks)


@dataclass(frozen=True)
class ClassifyRequest:
    """The words of `assay classify` itself.

    Attributes:
        pictures: files, folders and addresses that stand without a key; () for none.
        info: whether the model is described instead.
        stats: whether the prediction log of the service is counted instead.
        image: one more file; "" for none.
        batch: one more folder, or a text file with a path in each line; "" for none.
        url: one more address; "" for none.
        fetch_networks: from which pictures may be fetched beside the public internet, as CIDR.
        model: what names the model; "" for the champion.
        store: of the service whose log is counted; "" for the one beside the runs.
        output: file of results, JSONL or CSV by its ending; "" for none.
    """

    pictures: tuple[str, ...] = ()
    info: bool = False
    stats: bool = False
    image: Annotated[str, Help("a picture, also one whose name holds =", shown="FILE")] = ""
    batch: Annotated[str, Help("a folder, or a text file with the path of a picture in each line", shown="DIR")] = ""
    url: Annotated[str, Help("address of a picture, http or https", shown="URL")] = ""
    fetch_networks: Annotated[
        tuple[str, ...], Help("of yours, from which pictures may be fetched beside the public internet: [10.1.0.0/16]")
    ] = ()
    model: Annotated[
        str,
        Help("NAME@ALIAS, models:/NAME/VERSION, the id of a run, or the folder of a bundle; the champion without it"),
    ] = ""
    store: Annotated[str, Help("of stats: the service's database, as assay serve takes it")] = ""
    output: Annotated[
        str,
        Help(
            "a line for each picture as soon as it is answered; the same command goes on where it was ended",
            shown="FILE.jsonl|FILE.csv",
        ),
    ] = ""

    @property
    def words(self) -> tuple[str, ...]:
        """All that names pictures, in the order typed."""
        return tuple(word for word in (*self.pictures, self.image, self.batch, self.url) if word)
