"""The phone: Twilio's voice webhooks as a Rasa channel, TwiML, signatures, and the pieces of Rasa that a live call needs."""
