"""Every table there is; imported where the whole schema is needed (migrations, their tests)."""

from anbu.store import campaigns, models  # noqa: F401
from anbu.store.models import Base  # noqa: F401
