"""认定证书: a paper that proves itself without a network, and whose code opens how the title stands now. 附件三(五).

The paper's plain fields are signed with Ed25519; docs/verify.md says how anybody checks it. The private key follows
from the site's first data key, so that certificates stay good when data keys are added.
"""

import base64
import datetime
import hashlib
import io
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import segno
import typst
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.urls import reverse

from jieti.accounts.scope import regulator_of
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.letters import font
from jieti.kit.protection import derived_key, master_keys
from jieti.recognitions.models import Recognition

TEMPLATE = Path(__file__).with_name("certificate.typ")
VERSION = "jieti-certificate-1"
KEY_USE = "jieti certificate 1"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a title stands on a day: `label` for people, `tag` for the colour of it."""

    key: str
    label: str
    tag: str


IN_FORCE = Standing("in_force", "有效", "good")
EXPIRED = Standing("expired", "已到期", "warn")


def standing_of(recognition: Recognition) -> Standing:
    """In force, over, or ended, and how, today."""
    today = clock.today()
    if recognition.ended_on is not None and recognition.ended_on <= today:
        return Standing("ended", f"已终止（{recognition.get_end_kind_display()}）", "bad")
    return IN_FORCE if today <= recognition.last_day else EXPIRED


def fields_of(recognition: Recognition) -> str:
    """What is signed: a line each, in UTF-8, without a line end after the last."""
    lines = (
        VERSION,
        recognition.number,
        recognition.business.name,
        recognition.business_id,
        recognition.get_category_display(),
        recognition.recognised_on.isoformat(),
        recognition.last_day.isoformat(),
        regulator_of(recognition.jurisdiction).name,
    )
    return "\n".join(" ".join(line.split()) for line in lines)


def proof_of(recognition: Recognition) -> str:
    """The fields and their signature, both base64url, with a full stop between: what the code carries behind #."""
    fields = fields_of(recognition).encode()
    return f"{_text64(fields)}.{_text64(_private_key().sign(fields))}"


def proves(proof: str, key: bytes) -> bool:
    """Whether the proof was made with the private half of this public key (32 bytes)."""
    fields, _, signature = proof.partition(".")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(_bytes64(signature), _bytes64(fields))
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key() -> bytes:
    """The public key, 32 bytes."""
    return _private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key_pem() -> str:
    """The public key as PEM, as openssl and browsers read it."""
    return _private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint() -> str:
    """SHA-256 of the public key's 32 bytes, to be compared with one that came another way."""
    return hashlib.sha256(public_key()).hexdigest()


def address_of(recognition: Recognition) -> str:
    """The page of the present standing; behind # the proof, which no server is sent."""
    page = reverse("public:certificate", args=[recognition.pk])
    return f"{settings.SITE_URL}{page}#{proof_of(recognition)}"


def pdf_of(recognition: Recognition) -> bytes:
    """The certificate as PDF. Raises Refusal for a title that is not in force, and where the paper cannot be set."""
    if standing_of(recognition) != IN_FORCE:
        raise Refusal(
            f"这一认定{standing_of(recognition).label}，不能下载证书。", what_to_do="请在认定页面查看现在的状态。"
        )
    try:
        made = _compiler().compile(
            input=TEMPLATE.read_bytes(),
            format="pdf",
            sys_inputs={"certificate": json.dumps(_content(recognition), ensure_ascii=False)},
            pdf_standards=["a-2a"],
        )
    except typst.TypstError as error:
        raise Refusal(
            f"证书没有生成：{error.message}", what_to_do="请联系区市场监管局，核对名称中的特殊文字。"
        ) from None
    if not isinstance(made, bytes):
        raise TypeError("a certificate is one file")
    return made


def _content(one: Recognition) -> dict[str, object]:
    picture = io.BytesIO()
    segno.make(address_of(one), error="m", micro=False).save(picture, kind="svg", border=2, xmldecl=False)
    day = one.recognised_on
    return {
        "issuer": regulator_of(one.jurisdiction).name,
        "number": one.number,
        "name": one.business.name,
        "uscc": one.business_id,
        "category": one.get_category_display(),
        "year": one.year,
        "place": one.jurisdiction.name,
        "from": _chinese(one.recognised_on),
        "until": _chinese(one.last_day),
        "date": _chinese(day),
        "ymd": {"year": day.year, "month": day.month, "day": day.day},
        "qr": picture.getvalue().decode(),
        "page": f"{settings.SITE_URL}{reverse('public:certificate', args=[one.pk])}",
        "fonts": [font()],
    }


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """Reads the machine's fonts once."""
    return typst.Compiler()


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key(master_keys()[0], KEY_USE))


def _chinese(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _text64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
