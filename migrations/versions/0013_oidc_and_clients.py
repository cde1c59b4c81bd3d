"""Sign-in through members' identity providers, and their programs"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "directory_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_links")),
        sa.UniqueConstraint(
            "member_id", "issuer", "person_id", name=op.f("uq_directory_links_member_id_issuer_person_id")
        ),
        sa.UniqueConstraint(
            "member_id", "issuer", "subject", name=op.f("uq_directory_links_member_id_issuer_subject")
        ),
    )
    with op.batch_alter_table("directory_links", schema=None) as batch_op:
        batch_op.create_index("ix_directory_links_person", ["person_id"], unique=False)

    op.create_table(
        "identity_providers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("two_factor_acr", Json, nullable=False),
        sa.Column("two_factor_amr", Json, nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("discovered", Json, nullable=True),
        sa.Column("discovered_at", UtcDateTime(), nullable=True),
        sa.Column("jwks", Json, nullable=True),
        sa.Column("jwks_at", UtcDateTime(), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_identity_providers_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint("member_id", "issuer", name=op.f("uq_identity_providers_member_id_issuer")),
    )
    op.create_table(
        "machine_clients",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("responsible_id", sa.String(length=36), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", UtcDateTime(), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_machine_clients_member_id")),
        sa.ForeignKeyConstraint(["responsible_id"], ["people.id"], name=op.f("fk_machine_clients_responsible_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_clients")),
    )
    with op.batch_alter_table("machine_clients", schema=None) as batch_op:
        batch_op.create_index("ix_machine_clients_member", ["member_id"], unique=False)

    op.create_table(
        "oidc_attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_providers.id"], name=op.f("fk_oidc_attempts_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oidc_attempts")),
        sa.UniqueConstraint("state", name=op.f("uq_oidc_attempts_state")),
    )
    op.create_table(
        "provider_domains",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_providers.id"], name=op.f("fk_provider_domains_provider_id")
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_provider_domains")),
    )
    with op.batch_alter_table("provider_domains", schema=None) as batch_op:
        batch_op.create_index("ix_provider_domains_provider", ["provider_id"], unique=False)

    op.create_table(
        "client_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["machine_clients.id"], name=op.f("fk_client_tokens_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_client_tokens_digest")),
    )
    with op.batch_alter_table("client_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_client_tokens_client", ["client_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("client_tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_client_tokens_client")

    op.drop_table("client_tokens")
    with op.batch_alter_table("provider_domains", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_domains_provider")

    op.drop_table("provider_domains")
    op.drop_table("oidc_attempts")
    with op.batch_alter_table("machine_clients", schema=None) as batch_op:
        batch_op.drop_index("ix_machine_clients_member")

    op.drop_table("machine_clients")
    op.drop_table("identity_providers")
    with op.batch_alter_table("directory_links", schema=None) as batch_op:
        batch_op.drop_index("ix_directory_links_person")

    op.drop_table("directory_links")
