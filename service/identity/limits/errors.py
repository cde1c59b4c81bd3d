"""What is refused of whoever guesses."""

from foundation.problems import TooMany


class TooManyGuesses(TooMany):
    """Nothing is looked at for a while."""

    ja = "サインインの失敗が続いたため、受け付けを遅らせています。{seconds}秒たってから、もう一度お試しください。"
    en = "Too many attempts have failed. Please try again in {seconds} seconds."
