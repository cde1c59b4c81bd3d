"""Sealed values: AES-256-GCM under one data key per owner, itself wrapped by the master key (ADR 0012)."""

from foundation.sealing.ciphers import OwnerKey
from foundation.sealing.errors import KeyErased, KeyFileMissing, PassphraseRefused, SealError
from foundation.sealing.keyfile import read_or_make_key_file
from foundation.sealing.keyring import Keyring, check_master_key
from foundation.sealing.models import DataKey
from foundation.sealing.values import ERASED, digest, seal, shown, unseal

__all__ = [
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
    "read_or_make_key_file",
    "seal",
    "shown",
    "unseal",
]
