"""Rehearsals: a simulated resident, a player that interprets our TwiML as Twilio does, and the verdict on the call.

Speaks to the engine over HTTP only and reads the outcome from the store. Imports calling, assessment and store; never
`connectors` or `actions`, so that a rehearsal finds what they really do.
"""
