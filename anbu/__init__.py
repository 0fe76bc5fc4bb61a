"""안부: the product, by room. Imports point one way; nothing here imports `actions` or `connectors`."""
