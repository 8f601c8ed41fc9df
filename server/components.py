"""Create the components of the server from the settings. Exit with a message if a setting is invalid."""

from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.base import get_object_definition

import execution
import schema
import transport
from auth.host_sign_in import ExternalIssuer
from auth.networks import prefix
from auth.rate_limits import RateLimits
from mail.smtp import MailServer
from refusals import Refusal
from resolvers.context import Context
from resolvers.host_sign_in import HostSignIn
from settings import Settings, exit_if_invalid
from translation.catalogues import catalogued_languages, translations


class Schema(transport.ErrorMaskingSchema):
    """The GraphQL schema, with compiled execution, masked errors, and refusals in the client's language."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        super().process_errors(errors, execution_context)
        context = execution_context.context if execution_context else None
        if isinstance(context, Context):
            for error in errors:
                if isinstance(error.original_error, Refusal):
                    error.message = context.translate(error.original_error.message)
                    error.extensions = error.original_error.translated_extensions(context.translate)


def read_catalogues() -> None:
    """Read the catalogues of all languages, so that a broken one is found when the server starts."""
    for language in catalogued_languages():
        translations(language)


def create_schema(settings: Settings) -> Schema:
    created = Schema(
        query=schema.Query,
        mutation=schema.Mutation,
        subscription=schema.Subscription,
        types=schema.ACTIVITY_TYPES,
        config=StrawberryConfig(scalar_map=schema.SCALARS, disable_field_suggestions=not settings.suggestions),
        compiled=settings.compiled,
        introspection=settings.introspection,
        limits=_limits(settings),
        # trusted documents are the operator's own, and few
        budgets=execution.DocumentBudgets(0 if settings.trusted_documents else settings.document_seconds, prefix),
        report_cost=settings.report_cost,
    )
    schema.check_cursors(created._schema)
    return created


def _limits(settings: Settings) -> execution.Limits:
    limits, known_limits = dict(settings.limits), vars(execution.Limits())
    with exit_if_invalid("LIMITS"):
        if not limits.keys() <= known_limits.keys():
            raise ValueError(f"it names a limit that there is not; there are {', '.join(known_limits)}")
        return execution.Limits(**limits)


def rate_limits(settings: Settings) -> RateLimits:
    mutations = (field.python_name for field in get_object_definition(schema.Mutation, strict=True).fields)
    with exit_if_invalid("RATE_LIMITS, MAIL_LIMITS or RATE_LIMIT_STORAGE"):
        mail_rates = settings.mail_limits if settings.rate_limits else ()  # RATE_LIMITS=off: nothing is counted
        return RateLimits(settings.rate_limits, settings.rate_limit_storage, mutations, mail_rates)


def mail_server(settings: Settings) -> MailServer | None:
    with exit_if_invalid("MAIL_URL or MAIL_FROM"):
        url = settings.mail_url
        return MailServer.from_url(url, settings.mail_sender, settings.mail_seconds) if url else None


def host_sign_in(settings: Settings) -> HostSignIn | None:
    with exit_if_invalid("The ISSUER's settings"):
        return HostSignIn(ExternalIssuer(settings)) if settings.issuer else None


def document_lookup(settings: Settings) -> transport.DocumentLookup:
    """Return the function that finds the document of a request: trusted, persisted, or sent in full."""
    if path := settings.trusted_documents:
        with exit_if_invalid(f"TRUSTED_DOCUMENTS={path!r}", (OSError, ValueError, AttributeError)):
            return execution.TrustedDocuments.from_file(path).text
    return execution.PersistedOperations().text if settings.persisted_queries else execution.sent_in_full
