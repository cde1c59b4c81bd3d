"""What of a person goes over the protocol of directories (SCIM 2.0, RFC 7643), and what is announced there."""

from typing import Annotated, Any, ClassVar

from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    External,
    Filter,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models.attributes import ExtensibleStringEnum
from scim2_server.service import ScimService

MOST = 200
"""People on one page of a search."""


class Name(ComplexAttribute):
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    class Type(ExtensibleStringEnum):
        work = "work"

    value: str | None = None
    type: Type | None = None


class PhoneNumber(ComplexAttribute):
    class Type(ExtensibleStringEnum):
        mobile = "mobile"

    value: str | None = None
    type: Type | None = None


class User(Resource[AnyExtension]):
    """利用者: a person of the member. Only these attributes are kept; what else a directory sends is passed over."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    phone_numbers: list[PhoneNumber] | None = None

    Name: ClassVar[type[ComplexAttribute]] = Name
    Emails: ClassVar[type[ComplexAttribute]] = Email
    PhoneNumbers: ClassVar[type[ComplexAttribute]] = PhoneNumber


class EnterpriseUser(Extension):
    """所属: of the enterprise extension the department alone."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    department: str | None = None


class Reading(Extension):
    """よみがな: an extension of our own, for SCIM has no field for it."""

    __schema__ = URN("urn:yuimaru:scim:schemas:extension:reading:1.0:User")

    phonetic_name: str | None = None


DirectoryUser: Any = User[EnterpriseUser | Reading]

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="directory token",
            description="A token that an administrator of the member makes for its directory",
            spec_uri=Reference[External]("https://www.rfc-editor.org/rfc/rfc6750"),
        )
    ],
)
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, Reading],
    resource_types=[ResourceType.from_resource(DirectoryUser)],
    config=CONFIG,
    policy=ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    ),
)
"""No groups: designations and roles are given here, by people who answer for them, never by a directory."""
SERVICE = ScimService(PROVIDER)
