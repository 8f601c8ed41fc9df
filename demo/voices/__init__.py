"""What people write under such a petition, by language: our own words, no one's quotes."""

from demo.voices.de import GERMAN
from demo.voices.en import ENGLISH
from demo.voices.es import SPANISH
from demo.voices.fr import FRENCH
from demo.voices.it import ITALIAN
from demo.voices.nl import DUTCH
from demo.voices.pt import PORTUGUESE
from demo.voices.voice import Voice
from demo.voices.world import WORLD_VOICES

VOICES: tuple[Voice, ...] = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH, *WORLD_VOICES)
BY_LANGUAGE = {voice.language: voice for voice in VOICES}
