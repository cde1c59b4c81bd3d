"""The mail that carries a checkpoint: Japanese first, English second."""

from datetime import datetime

from foundation.audit import checkpoints
from notifications import sms
from notifications.wording import Mail, Notice

CHECKPOINT = "record.checkpoint"
"""The kind of alert."""


class CheckpointWording:
    """監査記録の控えの文面: three lines to file or to print; the hash stands in the facts as hexadecimal digits."""

    def mail(self, notice: Notice) -> Mail:
        number, at = notice.facts["number"], datetime.fromisoformat(notice.facts["at"])
        kept = checkpoints.lines(number, at, bytes.fromhex(notice.facts["hash"]))
        return Mail(
            f"{sms.PREFIX}監査記録の控え（番号 {number}）",
            f"{notice.name} 様\n\n"
            "この記録が後から書き換えられていないことを確かめるための控えです。返信は不要です。\n"
            "次の3行を印刷するか、このメールのまま保管してください。\n\n"
            f"{kept}\n\n"
            "--\n"
            "A checkpoint of the audit record. Please print the three lines above or keep this mail:\n"
            "with them anybody can show whether the record was changed since. No reply is needed.\n",
        )

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(f"監査記録の控え 番号{notice.facts['number']}", mark=notice.mark)
