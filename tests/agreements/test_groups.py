import pytest
from factories import (
    FUJISAWA,
    OPERATOR,
    TAMA,
    TOME,
    actor_of,
    add_member,
    add_person,
    bring_into_force,
    contact,
    found_group,
    group_in_force,
    sign,
)
