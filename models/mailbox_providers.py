"""Mail providers whose mailboxes have several spellings: sub-addresses, ignored characters, and aliases of a domain.

Only what the provider itself says, or what was seen to hold for all of its mailboxes, stands here: two spellings that
are one mailbox here are one person, who can sign in with a code that is mailed to either. A domain is listed by its
full name and never by a pattern, since anybody can register the name of a provider below another ending.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MailProvider:
    """Read the part of an e-mail before the @ as a provider does."""

    domains: tuple[str, ...]
    ignored: str = ""
    """Characters that the provider skips."""
    replaced: tuple[tuple[str, str], ...] = ()
    """Characters that the provider reads as another one."""
    is_one_domain: bool = False
    """True if all domains lead to the same mailbox; otherwise each domain has mailboxes of its own."""

    def mailbox(self, local: str, domain: str) -> str:
        """Return the mailbox of an e-mail in lower case, without its sub-address: the part after a plus."""
        local = local.partition("+")[0] or local
        name = "".join(character for character in local if character not in self.ignored) or local
        for read, written in self.replaced:
            name = name.replace(read, written)
        return f"{name}@{self.domains[0] if self.is_one_domain else domain}"


def _domains(names: str, endings: str) -> tuple[str, ...]:
    return tuple(f"{name}.{ending}" for name in names.split() for ending in endings.split())


# https://github.com/validatorjs/validator.js/blob/master/src/lib/normalizeEmail.js, from Microsoft's announcements
_OUTLOOK_ENDINGS = (
    "at be cl co.il co.nz co.th com com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk es fr hu id ie in it jp"
    " kr lv my ph pt sa sg sk"
)
_MICROSOFT = (
    *_domains("outlook hotmail", _OUTLOOK_ENDINGS),
    *_domains("hotmail", "ca ch co.jp co.kr co.uk co.za com.mx fi nl no se"),
    *_domains("live", "at be ca ch cl cn co.kr co.uk co.za com com.ar com.au com.mx com.pt com.sg de dk es eu fi fr"),
    *_domains("live", "hk ie in it jp nl no ru se"),
    *("msn.com", "passport.com", "windowslive.com"),
)

PROVIDERS = (
    # https://support.google.com/mail/answer/7436150 (dots), https://support.google.com/mail/answer/22370 (plus)
    MailProvider(("gmail.com", "googlemail.com"), ignored=".", is_one_domain=True),
    # https://learn.microsoft.com/exchange/recipients-in-exchange-online/plus-addressing-in-exchange-online
    MailProvider(_MICROSOFT),
    # https://support.apple.com/guide/icloud/mm6b1a490a (the three domains), https://support.apple.com/102555
    MailProvider(("icloud.com", "me.com", "mac.com"), is_one_domain=True),
    # https://proton.me/support/addresses-and-aliases, https://proton.me/support/creating-aliases; the three ignored
    # characters: https://www.sindastra.de/p/1775/protonmail-dots-hyphens-and-underscores
    MailProvider(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), ignored=".-_", is_one_domain=True),
    # https://yandex.com/support/mail/web/preferences/email-settings.html: one mailbox on all domains; a dot in a login
    # is a hyphen
    MailProvider(
        (
            *("yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "yandex.uz", "yandex.az"),
            *("yandex.com.am", "yandex.com.ge", "yandex.com.tr", "yandex.co.il", "yandex.ee", "yandex.fr", "yandex.kg"),
            *("yandex.lt", "yandex.lv", "yandex.md", "yandex.tj", "yandex.tm"),
        ),
        replaced=((".", "-"),),
        is_one_domain=True,
    ),
    # https://www.fastmail.help/hc/en-us/articles/360060591053
    MailProvider(
        (
            *_domains("fastmail", "com fm cn co.uk com.au de es im in jp mx net nl org se to tw uk us"),
            *("pobox.com", "sent.com", "messagingengine.com"),
        )
    ),
    # https://www.zoho.com/mail/help/adminconsole/email-alias.html (plus addressing)
    MailProvider(
        (
            *_domains("zoho zohomail", "com eu in"),
            *("zoho.com.au", "zohomail.com.au", "zohomail.jp", "zohomail.sa", "zohomail.ca"),
        )
    ),
    # https://posteo.de/en/help/what-are-posteo-plus-addresses-and-how-do-i-use-them
    MailProvider(
        (
            *_domains("posteo", "de at be ca ch cl co com com.br cr cz dk ee es eu fi fr gl gr hn hr hu ie in is it"),
            *_domains("posteo", "jp la li lt lu me mx my net nl no nz org pe pl pm pt ro ru se sg si tn uk us"),
        )
    ),
    # https://kb.mailbox.org/en/private/e-mail/e-mail-address-extensions
    MailProvider(("mailbox.org",)),
    # https://help.hey.com/article/684-plus-addressing
    MailProvider(("hey.com",)),
)

PROVIDER_OF_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}

EARLIER_DOMAINS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), "gmail.com"),
    **{domain: domain for domain in ("outlook.com", "hotmail.com", "live.com", "fastmail.com", "hey.com")},
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), "icloud.com"),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), "proton.me"),
}
"""The providers of release 0.1, whose rows are found until `cli.py reseal` has hashed them again."""
EARLIER_IGNORING_DOTS = ("gmail.com", "googlemail.com")
