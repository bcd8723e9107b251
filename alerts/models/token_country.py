"""From where a token has been used."""

from typing import ClassVar

from django.db import models

from accounts.models import ApiToken


class TokenCountry(models.Model):
    """One row: an API token was used from this country (ISO 3166-1 alpha-2), first and last at these instants."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    country = models.CharField(max_length=2)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["token", "country"]
        verbose_name_plural = "token countries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "country"], name="token_country_once")]

    def __str__(self) -> str:
        return f"{self.token_id} from {self.country}"
