"""How 안부 sounds and listens: reading numbers aloud, SSML, synthesised speech and its store, patience, previews.

Knows Google's client and the file system, not Twilio and not Rasa. `connectors` serves the audio.
"""

import warnings

# Google's packages tell of their Python support plans on every start; Rasa holds us at 3.10.
warnings.filterwarnings("ignore", category=FutureWarning, module=r"google\.")
