"""Between a person as the service keeps them and a user as their directory sees them."""

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from scim2_models import InvalidValueException, Meta
from sqlalchemy.orm import Session

from agreements.models import ChannelKind, Person
from agreements.people.channels import read_address
from agreements.people.provisioning import Described
from agreements.people.queries import first_channel
from foundation.fields import LINE
from service.identity.scim.models import DirectoryPerson
from service.identity.scim.names import read_external_id, read_user_name
from service.identity.scim.resources import DirectoryUser, Email, EnterpriseUser, Name, PhoneNumber, Reading

LONGEST = 200
"""Characters of one value, as everywhere (`foundation.fields.Line`)."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which no database keeps."""


def user_of(session: Session, person: Person, known: DirectoryPerson | None) -> Any:
    """Return a person as their directory sees them; one it has not written yet goes by the mail address."""
    mail, mobile = _address(session, person, ChannelKind.EMAIL), _address(session, person, ChannelKind.SMS)
    user = DirectoryUser(
        id=person.id,
        external_id=read_external_id(session, known) if known else None,
        user_name=read_user_name(session, known) if known else mail or person.id,
        display_name=_display_name(session, person, known),
        active=person.is_active if known is None or known.says_active else None,
    )
    if known and (known.family_name or known.given_name):
        user.name = Name(family_name=known.family_name, given_name=known.given_name)
    if mail:
        user.emails = [Email(value=mail, type=Email.Type.work)]
    if mobile:
        user.phone_numbers = [PhoneNumber(value=mobile, type=PhoneNumber.Type.mobile)]
    if person.department:
        user[EnterpriseUser] = EnterpriseUser(department=person.department)
    if person.kana:
        user[Reading] = Reading(phonetic_name=person.kana)
    user.meta = _meta(user, person.created_at, known.changed_at if known else person.created_at)
    return user


def described(user: Any) -> Described:
    """Read what a directory says of a person. Raises InvalidValueException."""
    department, reading = user[EnterpriseUser], user[Reading]
    said = Described(
        name=name_of(user),
        kana=reading.phonetic_name if reading else None,
        department=department.department if department else None,
        mail=_chosen(user.emails, "work"),
        mobile=_chosen(user.phone_numbers, "mobile"),
    )
    names = user.name or Name()
    for text in (said.name, said.kana, said.department, user.user_name, user.external_id, *_parts(names)):
        if text is not None and not is_line(text):
            raise InvalidValueException(detail=f"A value must be one line of 1 to {LONGEST} characters.")
    return said


def is_line(text: str) -> bool:
    """Tell whether a value is one that may be kept, or looked for: one line, not blank."""
    return len(text) <= LONGEST and re.fullmatch(LINE, text) is not None and SURROGATE.search(text) is None


def name_of(user: Any) -> str:
    """Return the name by which people know somebody: as displayed, else family name first."""
    parts = [each for each in _parts(user.name or Name()) if each]
    return user.display_name or " ".join(parts) or _before_at(user.user_name or "")


def _display_name(session: Session, person: Person, known: DirectoryPerson | None) -> str | None:
    """Return the name; nothing where the directory gave only parts of it and nobody has changed it since."""
    if known is None or known.display_name is not None:
        return person.name
    parts = [each for each in (known.family_name, known.given_name) if each]
    return None if person.name == (" ".join(parts) or _before_at(read_user_name(session, known))) else person.name


def _before_at(user_name: str) -> str:
    """Return what of a user name may be kept readable as a name: most are mail addresses."""
    return user_name.partition("@")[0] or user_name


def _parts(name: Any) -> tuple[str | None, str | None]:
    return name.family_name, name.given_name


def _chosen(values: Any, wanted: str) -> str | None:
    """Return the value of the wanted type, or one without a type; a private address is nobody's business here."""
    given = [each for each in values or () if each.value]
    return next(
        (str(each.value) for kind in (wanted, None) for each in given if (each.type and str(each.type)) == kind), None
    )


def _address(session: Session, person: Person, kind: ChannelKind) -> str | None:
    found = first_channel(person, kind)
    return read_address(session, found) if found else None


def _meta(user: Any, created: datetime, modified: datetime) -> Meta:
    """Return when, and a version made of all that is shown: whoever changes a person by hand changes it, too."""
    shown = json.dumps(user.model_dump(), sort_keys=True, default=str)
    version = hashlib.sha256(shown.encode()).hexdigest()[:32]
    return Meta(resource_type="User", created=created, last_modified=modified, version=f'W/"{version}"')
