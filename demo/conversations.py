"""The main campaign's hand-written threads: 14 beginnings, and 31 replies that each fit their parent."""

from demo.shapes import Draft

STARTS: tuple[Draft, ...] = (
    Draft(
        "family-safety",
        "Is it safe for his family that we sign? I want to help, and I don't want to be the reason why somebody else "
        "gets into trouble.",
    ),
    Draft(
        "receipt-currency",
        "I gave 50 AUD but my receipt says USD. It's not about the difference, I just want the books to be right! Whom do "
        "I tell?",
        country="AU",
    ),
    Draft("does-it-help", "Honest question from a sceptic: has a petition ever opened a prison door?"),
    Draft(
        "boycott",
        "I've stopped buying cotton that can't say where it was grown. If enough of us do that, the harvest changes. "
        "**Who's in?**",
    ),
    Draft(
        "initials",
        "Can I have only my initials shown? I work in the region from time to time. I'd still like to be counted.",
    ),
    Draft(
        "poster-de",
        "Darf ich den Text als Plakat ausdrucken und im Weltladen aufhängen? Und falls ja: gibt es etwas in Schwarz-Weiß?",
        language="de",
    ),
    Draft(
        "traduction",
        "Je suis traductrice. Je peux vous proposer l'appel en français d'ici dimanche, gratuitement, si cela vous aide.",
        language="fr",
    ),
    Draft(
        "escuela",
        "¿Puedo usar esta página en el instituto? Mis alumnos tienen quince años y muchas preguntas.",
        language="es",
    ),
    Draft(
        "mama-hlopok",
        "Мама собирала хлопок студенткой. Она спрашивает, можно ли подписать без фамилии.",
        language="ru",
    ),
    Draft(
        "paper-names",
        "We have collected 34 names on paper after the service. Is there a way to add them, or do they have to sign "
        "one by one?",
    ),
    Draft(
        "letter-tips",
        "Wrote to my representative. What worked for me:\n\n"
        "1. two sentences on who he is,\n"
        "2. *one* question,\n"
        "3. a date by which you'd like an answer.\n\n"
        "I got a reply in nine days. There's a longer guide [here](https://example.org/act/write-a-letter).",
    ),
    Draft("is-it-confirmed", "Is it confirmed? I'm almost afraid to be happy.", era="release"),
    Draft(
        "full-sentence",
        "He has served **every day** of the three years. I'm glad for him beyond words, but please let's not write "
        '"released early" or "pardoned" anywhere.',
        era="release",
    ),
    Draft("still-open", "The petition is closed, but I can still write here. Is that on purpose?", era="since"),
)


def _reply(
    key: str,
    parent_key: str,
    by: str,
    hours: int,
    body: str,
    language: str = "en",
    country: str | None = None,
) -> Draft:
    return Draft(key, body, language, country=country, parent_key=parent_key, by=by, hours=hours)


REPLIES: tuple[Draft, ...] = (
    _reply(
        "family-safety-1",
        "family-safety",
        "staff",
        5,
        "Thank you for asking that first. Nothing about his family is on this page, and nothing will be. Please keep it "
        "that way in the comments too: no names, no places, no guesses. Signing shows the form of *your* name that you chose, "
        "and nothing else.",
    ),
    _reply(
        "family-safety-2",
        "family-safety-1",
        "family-safety",
        7,
        "That's what I needed to hear. Signed now, and thank you.",
    ),
    _reply(
        "family-safety-3",
        "family-safety-1",
        "new",
        30,
        "Could you pin this? I had the same question and nearly closed the page.",
    ),
    _reply(
        "family-safety-4",
        "family-safety-3",
        "staff",
        44,
        "Good idea. We'll put it in the text above the form as well.",
    ),
    _reply(
        "receipt-currency-1",
        "receipt-currency",
        "staff",
        3,
        "Sorry about that! Which day was it, roughly? Please don't post your receipt here; the day is enough for us to find it.",
    ),
    _reply(
        "receipt-currency-2",
        "receipt-currency-1",
        "receipt-currency",
        11,
        "Last Tuesday, in the evening, Hobart time.",
    ),
    _reply(
        "receipt-currency-3",
        "receipt-currency-2",
        "staff",
        26,
        "Found. It was taken as **50 AUD** and only written down as USD. We corrected it, thank you; the old entry stays in "
        "the books beside the new one, with the reason, and a new receipt is on its way.",
    ),
    _reply(
        "receipt-currency-4",
        "receipt-currency-3",
        "receipt-currency",
        49,
        "It's here and it's right. Now that's service.",
    ),
    _reply(
        "receipt-currency-5",
        "receipt-currency",
        "new",
        80,
        "Same here with Canadian dollars, by the way. Mine has been put right too.",
        country="CA",
    ),
    _reply(
        "does-it-help-1",
        "does-it-help",
        "new",
        2,
        "Not by itself. But a person whom a hundred thousand others ask after is harder to forget, and being forgotten is "
        "what I'd be most afraid of in there.",
    ),
    _reply(
        "does-it-help-2",
        "does-it-help-1",
        "does-it-help",
        6,
        "> being forgotten is what I'd be most afraid of\n\nAll right. That's a reason that I can sign for.",
    ),
    _reply("does-it-help-3", "does-it-help-2", "new", 9, "This exchange just made me sign as well."),
    _reply(
        "does-it-help-4",
        "does-it-help",
        "staff",
        20,
        "We don't promise that it will. We promise to say here what happens, good or bad, with a date on it.",
    ),
    _reply(
        "boycott-1",
        "boycott",
        "new",
        4,
        "In. Though I can't find a single label that tells me the country where the *cotton* was grown, only where the shirt "
        "was sewn.",
    ),
    _reply(
        "boycott-2",
        "boycott-1",
        "boycott",
        8,
        "Exactly the point. I ask by e-mail and keep a list of who answers. So far: 3 of 17.",
    ),
    _reply(
        "boycott-3",
        "boycott",
        "new",
        15,
        "I'm not sure about this. If everybody just walks away, nobody's left to ask questions. I'd rather stay a customer, "
        "and an annoying one.",
    ),
    _reply(
        "boycott-4",
        "boycott-3",
        "boycott",
        19,
        "Fair. Annoying customers are welcome too. Let's do both and compare notes in a year.",
    ),
    _reply(
        "initials-1",
        "initials",
        "staff",
        6,
        "Yes: choose *Initials* when you sign, or *A supporter* for no name at all. You're counted all the same, and you can "
        "change it later; it then changes everywhere on this page.",
    ),
    _reply("initials-2", "initials-1", "initials", 10, "Perfect, done. Thank you for thinking of that."),
    _reply(
        "poster-de-1",
        "poster-de",
        "staff",
        22,
        "Sehr gerne, und danke! Eine Fassung in Schwarz-Weiß liegt hier: <https://example.org/posters/a4-black-white>",
        "de",
    ),
    _reply(
        "poster-de-2",
        "poster-de-1",
        "poster-de",
        70,
        "Hängt. Zwischen Kaffee und Schokolade, genau richtig.",
        "de",
    ),
    _reply(
        "traduction-1",
        "traduction",
        "staff",
        4,
        "Avec grand plaisir ! Envoyez-la simplement par le formulaire de contact, et un immense merci.",
        "fr",
    ),
    _reply(
        "escuela-1",
        "escuela",
        "new",
        12,
        "Yo la usé con los míos. Empieza por la etiqueta de una camiseta, luego la página, y deja que pregunten. Nos faltó "
        "tiempo.",
        "es",
    ),
    _reply("escuela-2", "escuela-1", "escuela", 60, "¡Lo de la etiqueta funcionó de maravilla! Gracias.", "es"),
    _reply(
        "mama-hlopok-1",
        "mama-hlopok",
        "staff",
        5,
        "Да, достаточно имени. И можно выбрать, чтобы имя не показывалось совсем. Привет маме и спасибо ей!",
        "ru",
    ),
    _reply(
        "paper-names-1",
        "paper-names",
        "staff",
        8,
        "What a lovely service! Names on paper count when each person has signed the sheet for themselves. There's a sheet to "
        "print at <https://example.org/act/paper-sheet>, with the address to send it to.",
    ),
    _reply(
        "letter-tips-1",
        "letter-tips",
        "new",
        26,
        "Used this, word for word. Eleven days, two pages, and an actual signature in ink.",
    ),
    _reply(
        "is-it-confirmed-1",
        "is-it-confirmed",
        "staff",
        1,
        "Yes. He was freed today, 6 September 2019. What we know is in the update at the top and in the "
        "[field report](https://example.org/field-reports/gaspar-matalaev). You may be happy.",
    ),
    _reply("is-it-confirmed-2", "is-it-confirmed-1", "is-it-confirmed", 2, "Then I am. Thank you. Thank you."),
    _reply(
        "full-sentence-1",
        "full-sentence",
        "staff",
        3,
        'We agree, and our update says so: "after serving his full three-year sentence".',
    ),
    _reply(
        "still-open-1",
        "still-open",
        "staff",
        18,
        "Yes, on purpose. The signatures are counted and closed, the discussion isn't. People still come by every autumn.",
    ),
)
