"""What must leave the house: pages written to the outbox in the transaction of their cause. Imports store."""
