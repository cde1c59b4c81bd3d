"""What is refused about reachability tests, and what to do instead."""

from foundation.problems import Conflict


class TestRunning(Conflict):
    """A test of the member is still open (fact: `until_ja`)."""

    __test__ = False
    ja = "前の確認がまだ受付中です（{until_ja}まで）。届いていない人には、ポータルで連絡先を直すよう伝えてください。"
    en = "The last test is still open (until {until_ja}). Please see that wrong addresses are put right."


class NobodyToTest(Conflict):
    """The member has no contact with a mail address or SMS number."""

    ja = "メールかSMSの連絡手段を持つ協定担当者がいません。先に担当者と連絡手段を登録してください。"
    en = "There is no contact with a mail address or SMS number. Please register one first."
