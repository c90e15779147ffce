"""Why a proof is not taken."""


class ProofError(Exception):
    """A request showed something, and it was not taken."""


class WrongProofError(ProofError):
    """It proves nothing: a wrong password or token, or one that is no longer good."""


class SlowDownError(ProofError):
    """There were too many wrong proofs lately; this one may not have been looked at.

    retry_after: whole seconds, at least 1
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many wrong proofs, try again in {retry_after} s")
        self.retry_after = retry_after
