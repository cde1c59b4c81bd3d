"""Sealed values: AES-256-GCM under one data key per owner, itself wrapped by the master key (ADR 0012)."""

from foundation.sealing.ciphers import OwnerKey
from foundation.sealing.errors import KeyErased, KeyFileMissing, PassphraseRefused, SealError
from foundation.sealing.keyfile import read_or_make_key_file
from foundation.sealing.keyring import Keyring, check_master_key, keyring_of
from foundation.sealing.models import DataKey
from foundation.sealing.values import BLANK, ERASED, digest, seal, seal_bytes, shown, unseal, unseal_bytes

__all__ = [
    "BLANK",
    "ERASED",
    "DataKey",
    "KeyErased",
    "KeyFileMissing",
    "Keyring",
    "OwnerKey",
    "PassphraseRefused",
    "SealError",
    "check_master_key",
    "digest",
    "keyring_of",
    "read_or_make_key_file",
    "seal",
    "seal_bytes",
    "shown",
    "unseal",
    "unseal_bytes",
]
