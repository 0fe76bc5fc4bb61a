"""The phone: Twilio's voice webhooks as a Rasa channel, TwiML, signatures, and the parts of Rasa a live call needs."""
