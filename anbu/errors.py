"""One small error tree. Every message says in plain words what is wrong and how to mend it."""


class AnbuError(Exception):
    """Base of everything 안부 raises on purpose. Never carries a resident's words, name or number."""


class SettingsError(AnbuError):
    """A setting is missing or wrong."""


class ContentError(AnbuError):
    """A YAML file under data/ cannot be used; names the file and the place."""


class NotFound(AnbuError):
    """No such call, case or resident, or not one this account may see."""


class Refused(AnbuError):
    """What a person asked for cannot be done; says in Korean why and what to do instead."""


class Stale(Refused):
    """Somebody else changed it meanwhile."""


class Forbidden(AnbuError):
    """This account's role does not allow it."""
