"""How often somebody may do what must not be done too often: a bucket of tokens that fills up with time."""

from datetime import datetime

from django.db import models


class Bucket(models.Model):
    """The tokens that one address or person has left for one thing; whose they are is kept as a keyed hash alone."""

    key = models.CharField(max_length=64, primary_key=True)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()

    class Meta:
        verbose_name = "bucket of tokens"
        verbose_name_plural = "buckets of tokens"

    def __str__(self) -> str:
        return self.key[:8]

    def fill(self, *, most: int, an_hour: float, at: datetime) -> None:
        """Add what has come in since the last time, up to the brim."""
        hours = max((at - self.filled_at).total_seconds(), 0) / 3600
        self.tokens, self.filled_at = min(float(most), self.tokens + hours * an_hour), at
