"""How much a sequence is going to send on each of the next days (SPEC S3)."""

from sequences.schedule.forecasting.daily import DayForecast, forecast

__all__ = ["DayForecast", "forecast"]
