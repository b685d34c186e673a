"""What stands beside every answer, in the languages of those who ask."""

from __future__ import annotations

DISCLAIMER = {
    "en": "A preliminary assessment; an expert should confirm it.",
    "th": "ผลประเมินเป็นเบื้องต้น ควรให้ผู้เชี่ยวชาญยืนยัน",
}
"""Language (ISO 639-1) -> sentence."""
