"""What sealing refuses, each with its remedy."""

from foundation.problems import Conflict


class SealError(RuntimeError):
    """A sealed value does not open: another master key, another row, or a changed byte."""


class KeyFileMissing(SealError):
    """The database was sealed with a master key whose file is gone: a new one would open nothing of it."""


class PassphraseRefused(SealError):
    """The passphrase of the master key is lacking, too short, or another one."""


class KeyErased(Conflict, SealError):
    """An owner's data keys were destroyed: nothing of it opens any more, and nothing new is sealed for it."""

    ja = (
        "この団体の鍵は消去されているため、連絡先などの秘密の項目を保存・表示できません。"
        "必要なときは団体を登録し直してください。"
    )
    en = (
        "The keys of this member were erased, so nothing secret of it can be kept or shown. Register the member anew."
    )
