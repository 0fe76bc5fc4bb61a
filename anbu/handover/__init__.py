"""A resident gets a person: whose telephone rings in which order, and what happens when nobody answers.

`machine` holds the states and only touches rows; what must be done on the telephone it returns as orders, which `work`
carries out through `line` (Twilio's REST) once the transaction is committed. `connectors` turns Twilio's callbacks
into events of the machine and its states into TwiML.
"""
