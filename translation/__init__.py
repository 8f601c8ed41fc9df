"""The languages of messages to people: catalogues, negotiation with a client, and the extraction for translators."""

from translation.catalogues import SOURCE_LANGUAGE, languages, translate
from translation.negotiation import negotiate

__all__ = ["SOURCE_LANGUAGE", "languages", "negotiate", "translate"]
