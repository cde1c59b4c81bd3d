"""The people of one member as the protocol's library reads and writes them, inside the caller's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scim2_models import (
    InvalidValueException,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from agreements.addresses import BadAddressError, search_digest
from agreements.errors import EmailTaken
from agreements.models import Channel, ChannelKind, Person
from agreements.people import provisioning
from foundation.actor import Actor
from foundation.sealing import KeyErased
from service.identity.scim.filters import condition
from service.identity.scim.models import DirectoryPerson
from service.identity.scim.names import TAKEN, external_digest, forget_names, keep_names, user_digest
from service.identity.scim.people import described, is_line, user_of

FURTHEST = 1_000_000
"""Behind the last of any member's people, and a number that every database takes."""
MISSING = "There is no such user."


class MemberStorage(ScimStorage):
    """構成団体の担当者: whatever is asked, no statement of it reaches another member's people.

    Whoever writes holds the member's row (`agreements.actions.locked`) from before the first read.
    """

    def __init__(self, session: Session, actor: Actor) -> None:
        assert actor.member is not None
        self._session = session
        self._actor = actor
        self._member = actor.member

    def get(
        self,
        resource_type: ResourceType,  # noqa: ARG002 — the interface's; there is but one type
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 — a person is read whole
    ) -> Resource[Any]:
        """Return a person. Raises NotFoundException, for another member's as for nobody."""
        return self._shown(*self._found(resource_id))

    def search(
        self,
        resource_types: list[ResourceType],  # noqa: ARG002 — as above
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 — pages go by index
    ) -> SearchPage:
        """Return a page of the member's people. Raises InvalidFilterException."""
        wanted = self._people()
        if search_request.filter is not None:
            wanted = wanted.where(condition(self._session, search_request.filter.ast))
        total = self._session.scalar(select(func.count()).select_from(wanted.subquery()))
        first = min(search_request.start_index_0 or 0, FURTHEST)
        rows = self._session.execute(wanted.order_by(Person.id).offset(first).limit(search_request.count)).all()
        return SearchPage(total, [self._shown(row[0], row[1]) for row in rows])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:  # noqa: ARG002 — as above
        """Enter a person. Raises UniquenessException, InvalidValueException."""
        user: Any = resource.model_copy(deep=True)
        said = described(user)
        self._require_free(user, but=None)
        with _refusals():
            person = provisioning.enter(self._session, self._actor, self._member, said)
        if user.active is None:
            user.active = True
        known = keep_names(self._session, self._actor, person, user)
        if user.active is False:
            provisioning.disable(self._session, self._actor, person)
        return self._shown(person, known)

    def update(
        self,
        resource_type: ResourceType,  # noqa: ARG002 — as above
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        """Make a person what their directory says. Raises NotFound-, PreconditionFailed-, UniquenessException."""
        user: Any = resource
        person, known = self._found(user.id, for_update=True)
        self._check_version(person, known, expected_version)
        if user.active is False:
            known = self._disabled(person, user) or known
        else:
            known = self._amended(person, user)
            if user.active and not person.is_active:
                provisioning.enable(self._session, self._actor, person)
        return self._shown(person, known)

    def delete(
        self,
        resource_type: ResourceType,  # noqa: ARG002 — as above
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        """Let a person leave: nothing of them counts any more, the row stays. Raises NotFoundException."""
        person, known = self._found(resource_id, for_update=True)
        self._check_version(person, known, expected_version)
        provisioning.let_go(self._session, self._actor, person)
        forget_names(self._session, person)

    def _amended(self, person: Person, user: Any) -> DirectoryPerson:
        said = described(user)
        self._require_free(user, but=person.id)
        with _refusals():
            provisioning.amend(self._session, self._actor, person, said)
        return keep_names(self._session, self._actor, person, user)

    def _disabled(self, person: Person, user: Any) -> DirectoryPerson | None:
        """Disable a person, whatever else is said of them: a number that can't be read must keep nobody in."""
        provisioning.disable(self._session, self._actor, person)
        try:
            with self._session.begin_nested():
                return self._amended(person, user)
        except (InvalidValueException, UniquenessException, KeyErased):
            self._session.refresh(person)
            return None

    def _people(self) -> Select[Person, DirectoryPerson]:
        """The member's people, each with how the directory knows them.

        Who left by the directory's word is not among them, unless somebody has taken them back by hand.
        """
        mine = and_(DirectoryPerson.person_id == Person.id, DirectoryPerson.member_id == self._member)
        former = aliased(DirectoryPerson)
        has_left = exists().where(former.person_id == Person.id, former.left_at.is_not(None))
        is_back = or_(Person.is_active, exists().where(Channel.person_id == Person.id))
        return (
            select(Person, DirectoryPerson)
            .outerjoin(DirectoryPerson, and_(mine, DirectoryPerson.left_at.is_(None)))
            .where(Person.member_id == self._member, or_(~has_left, is_back))
        )

    def _found(self, person: str | None, *, for_update: bool = False) -> tuple[Person, DirectoryPerson | None]:
        if person is None or not is_line(person):
            raise NotFoundException(detail=MISSING)
        statement = self._people().where(Person.id == person)
        if for_update:
            statement = statement.with_for_update(of=Person).execution_options(populate_existing=True)
        found = self._session.execute(statement).one_or_none()
        if found is None:
            raise NotFoundException(detail=MISSING)
        return found[0], found[1]

    def _shown(self, person: Person, known: DirectoryPerson | None) -> Resource[Any]:
        user: Resource[Any] = user_of(self._session, person, known)
        return user

    def _check_version(self, person: Person, known: DirectoryPerson | None, expected: str | None) -> None:
        if expected is not None and user_of(self._session, person, known).meta.version != expected:
            raise PreconditionFailedException

    def _require_free(self, user: Any, but: str | None) -> None:
        """Raise UniquenessException where somebody of this member has a name, or of any the user name as address."""
        mine = DirectoryPerson.member_id == self._member
        names = [and_(mine, DirectoryPerson.user_digest == user_digest(self._session, user.user_name))]
        if user.external_id is not None:
            names.append(
                and_(mine, DirectoryPerson.external_digest == external_digest(self._session, user.external_id))
            )
        taken = [
            exists().where(each, DirectoryPerson.left_at.is_(None), DirectoryPerson.person_id != (but or ""))
            for each in names
        ]
        for each in (*taken, self._signs_in_by(user.user_name, but)):
            if self._session.scalar(select(each)):
                raise UniquenessException(detail=TAKEN)

    def _signs_in_by(self, user_name: str, but: str | None) -> ColumnElement[bool]:
        digest = search_digest(self._session, ChannelKind.EMAIL, user_name.strip())
        return exists().where(
            Channel.kind == ChannelKind.EMAIL.value,
            Channel.digest == digest,
            Channel.person_id.is_not(None),
            Channel.person_id != (but or ""),
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in the protocol's terms what the room of people refuses."""
    try:
        yield
    except EmailTaken:
        raise UniquenessException(detail=TAKEN) from None
    except BadAddressError as error:
        raise InvalidValueException(detail=f"{error} ({error.en})") from None
