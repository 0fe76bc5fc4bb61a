"""Rasa graph components over the pure functions of this room. Named in config.yml."""

from datetime import datetime
from pathlib import Path
from typing import Any  # Rasa inspects these annotations at run time

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from anbu.language import model as models
from anbu.language.artefact import NAME as ARTEFACT
from anbu.language.artefact import serve
from anbu.language.korean import analyse, clean
from anbu.language.understand import understand

DATA = Path(__file__).parents[2] / "data"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class KiwiTokenizer(Tokenizer):
    """Morphemes as tokens, dictionary form in the lemma; spans that overlap where a syllable contracts are cut."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages():
        return ["kiwipiepy"]

    @staticmethod
    def supported_languages():
        return ["ko"]

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text, tokens, end = message.get(attribute), [], 0
        for m in analyse(clean(text)):
            start = max(m.start, end)
            if start < m.end:
                tokens.append(Token(text[start : m.end], start, m.end, lemma=m.lemma))
                end = m.end
        return self._apply_token_pattern(tokens)


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True
)
class ResidentReader(GraphComponent):
    """Act as the intent, factor levels as entities, danger signals beside them; a signal makes the intent `danger`.

    Trained on data/nlu/acts (also Rasa's own training data), data/answers and data/signals. A message's metadata may
    carry `topic` and `question` (what was asked) and `now` (ISO 8601).
    """

    def __init__(self, model: models.LanguageModel):
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ResidentReader":
        component = cls(None)
        component._storage, component._resource = model_storage, resource
        return component

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "ResidentReader":
        with model_storage.read_from(resource) as folder:
            return cls(serve(models.LanguageModel.load(folder / ARTEFACT)))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return models.fingerprint(DATA)

    def train(self, training_data: TrainingData) -> Resource:
        self._model = models.train(DATA)
        with self._storage.write_to(self._resource) as folder:
            self._model.dump(folder / ARTEFACT)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            asked = message.get("metadata") or {}
            now = asked.get("now")
            result = understand(
                message.get(TEXT) or "", asked.get("topic"), asked.get("question"), self._model,
                datetime.fromisoformat(now) if now else None,
            )  # fmt: skip
            act = "danger" if result.signals else result.act
            message.set(INTENT, {"name": act, "confidence": result.confidence}, add_to_output=True)
            message.set("understanding", as_dict(result), add_to_output=True)
            entities = [{"entity": r.factor, "value": r.level, "start": r.start, "end": r.end} for r in result.readings]
            message.set(ENTITIES, entities, add_to_output=True)
        return messages


def as_dict(result) -> dict:
    """An Understanding as JSON-ready values: act, factors by key, signals, when."""
    return {
        "act": result.act,
        "factors": {
            r.factor: {
                "level": r.level, "quote": r.quote, "start": r.start, "end": r.end, "source": r.source,
                "confidence": r.confidence,
            }
            for r in result.readings
        },
        "signals": [
            {"code": s.code, "quote": s.quote, "start": s.start, "end": s.end, "confirm": s.confirm, "source": s.source}
            for s in result.signals
        ],
        "when": result.when,
    }  # fmt: skip
