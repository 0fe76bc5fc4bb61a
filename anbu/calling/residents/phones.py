"""Telephone numbers: Korean as people write them → E.164."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberType

from anbu.errors import AnbuError

MOBILE = ("10", "11", "16", "17", "18", "19")
OF_PEOPLE = {
    PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER,
}  # fmt: skip
_REHEARSAL = re.compile(r"100\d{7}")  # 010-0xxx is not assigned to anyone: rehearsals call only there


class BadNumber(AnbuError):
    """Not a number that can be called. The message does not repeat it."""


def normalise(written: str) -> str:
    """ "010-1234-5678", "+82 10 1234 5678", "1012345678" → "+821012345678". Raises BadNumber."""
    text = "".join(c for c in str(written).removesuffix(".0") if c.isdigit() or c == "+")
    if text[:2] in MOBILE and len(text) in (9, 10):  # a spreadsheet dropped the zero
        text = "0" + text
    if not text:
        raise BadNumber("전화번호가 없습니다 (no telephone number)")
    try:
        number = phonenumbers.parse(text, "KR")
    except phonenumbers.NumberParseException:
        raise BadNumber("전화번호로 읽을 수 없습니다. 010-1234-5678처럼 적으세요 (not a telephone number)") from None
    if number.country_code != 82:
        raise BadNumber("국내 전화번호만 걸 수 있습니다 (only Korean numbers can be called)")
    if _REHEARSAL.fullmatch(str(number.national_number)):
        return f"+82{number.national_number}"
    if not phonenumbers.is_valid_number(number):
        digits = sum(c.isdigit() for c in text)
        raise BadNumber(f"걸 수 있는 전화번호가 아닙니다 (숫자 {digits}개). 자릿수를 확인하세요 (not a valid number)")
    if phonenumbers.number_type(number) not in OF_PEOPLE:
        raise BadNumber("대표번호나 유료전화에는 걸지 않습니다. 집·휴대전화 번호를 적으세요 (not a person's number)")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(e164: str) -> str:
    """+821012345678 → 010-1234-5678, as people write it."""
    return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.NATIONAL)
