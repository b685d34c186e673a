"""How a webhook is signed, so that its receiver knows who has sent it, and when.

Source: Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac

PREFIX = "whsec_"


def webhook_secret(service_secret: bytes, job: str) -> str:
    """What the webhook of a job is signed with, as its client gets it: made of the service's own, and kept nowhere.

    Args:
        service_secret: of the service's webhooks.
        job: id of the job.
    """
    return PREFIX + base64.b64encode(hmac.new(service_secret, job.encode(), hashlib.sha256).digest()).decode()


def signed_headers(secret: str, message: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers by which a receiver verifies a message.

    Args:
        secret: as its client got it.
        message: id of it, the same for each attempt.
        moment: of the attempt, seconds since 1970.
        body: that is sent.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signature = hmac.new(key, f"{message}.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
