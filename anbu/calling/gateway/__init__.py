"""The telephone line out: place, look up, cancel and text, the same for Twilio and for the rehearsal."""

from anbu.calling.gateway.base import Gateway, Order, Refused, Report, Throttled, Unclear, open_gateway

__all__ = ["Gateway", "Order", "Refused", "Report", "Throttled", "Unclear", "open_gateway"]
