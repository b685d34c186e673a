"""Whose key it is: looked up anew, but not by every request that comes meanwhile."""

from __future__ import annotations

import asyncio
import time

import pytest

from assay.serving import identity
from assay.serving.refusal import Refusal
from assay.store.keys import revoke_key


def test_of_many_requests_of_a_key_one_looks_it_up_anew(world, monkeypatch):
    identities, key = world.service.identities, world.keys["classify"]
    looked, real = [], identities._look_up

    def look_up(*arguments: object) -> object:
        looked.append(arguments)
        time.sleep(0.1)
        return real(*arguments)

    async def ask() -> None:
        await identities.identify(key, "classify")
        await asyncio.sleep(0.35)
        monkeypatch.setattr(identities, "_look_up", look_up)
        await asyncio.gather(*(identities.identify(key, "classify") for _ in range(20)))

    monkeypatch.setattr(identity, "SECONDS", 0.3)
    asyncio.run(ask())
    assert len(looked) == 1


def test_a_look_on_its_way_holds_no_revoked_key_open_for_longer_than_a_second(world, monkeypatch):
    identities, key = world.service.identities, world.keys["classify"]

    def never(*arguments: object) -> object:
        time.sleep(1.2)
        return None

    async def ask() -> None:
        await identities.identify(key, "classify")
        world.store.write(lambda c: revoke_key(c, world.ids["classify"], actor="test"))
        await asyncio.sleep(identity.SECONDS)
        monkeypatch.setattr(identities, "_look_up", never)
        waiting = asyncio.create_task(identities.identify(key, "classify"))
        await asyncio.sleep(identity.SECONDS + 0.05)
        assert identities.remembered(key, "classify") is None
        with pytest.raises(Refusal):
            await waiting

    asyncio.run(ask())
