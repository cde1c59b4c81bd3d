"""Another member's reader opens a file: what is marked on it, and what its owner is told at once.

The mail says who, which file by its number, when and what for; nothing of what the file is called or holds.
"""

from sqlalchemy.orm import Session

from agreements.queries import mail_contacts
from foundation.documents.watermark import Watermark
from inventory.attachments.models import Attachment
from inventory.records.kinds import RecordKind
from inventory.records.reading import Reading
from inventory.records.schemas import Purpose
from notifications.actions import raise_alert

OPENED = "inventory.attachment_opened"
"""The kind of alert by which the owner hears of it at once."""


def tell_owner(session: Session, reading: Reading, attachment: Attachment, mark: Watermark, purpose: Purpose) -> None:
    """Mail the owner's contacts, in the transaction of the reading."""
    to = mail_contacts(session, reading.owner.id)
    if not to:
        return
    facts = {
        "number": attachment.number,
        "kind": RecordKind(attachment.record.kind).value,
        "reader": mark.reader,
        "member": mark.member,
        "purpose": purpose.value,
        "at": mark.at.isoformat(),
        "mark": mark.number,
    }
    raise_alert(session, kind=OPENED, topic=mark.number, facts=facts, addressees=to)
