"""Information about the server itself."""

from datetime import datetime

import strawberry

import resolvers.server_info
from resolvers.declarations import USUAL_LIST_SIZE
from resolvers.server_info import SignInMethod
from schema.fields import enum, field

enum(
    SignInMethod,
    "A way of signing in.",
    EMAIL_CODE="By a code that `requestSignIn` mails.",
    HOST="By the sign-in of the surrounding site: its token is the bearer token.",
)


@strawberry.type(description="This server, and the limits that a form should know.")
class Service:
    name: str = field("The name of the site.")
    version: str = field("The version of the server.")
    time: datetime = field("The time of the server. The difference to the client's clock corrects relative times.")
    comment_max_length: int = field("The most characters that a comment may have.")
    edit_window_minutes: int = field("For how many minutes the author may edit a comment.")
    sign_in: list[SignInMethod] = field(
        "The ways of signing in that are set up. An empty list: only as a guest.", list_size=len(SignInMethod)
    )
    languages: list[str] = field(
        "The languages of messages and mails, as BCP 47 tags; the first is the default.", list_size=USUAL_LIST_SIZE
    )


@strawberry.type
class ServiceQuery:
    service: Service = field(resolvers.server_info.service)
