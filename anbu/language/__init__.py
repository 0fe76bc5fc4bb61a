"""Korean as residents speak it: morphemes, the danger screen, the answer reader and the dialogue acts.

Pure functions over text plus one trained artefact; `components.py` wraps them for Rasa. Of the project it imports
`anbu.assessment.vocabulary` only.
"""
