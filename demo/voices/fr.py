"""French."""

from demo.voices.voice import Parts, Voice, entries, lines

DURING = """
Liberté pour Gaspar !

Signé et partagé.

Informer n'est pas un crime.

Je couds depuis quarante ans et je n'avais jamais demandé d'où venait mon coton. C'est fait, et j'ai honte
de la réponse :
personne ne savait.

Trois ans de prison pour avoir raconté une récolte. Trois ans !

Y a-t-il une version française de l'appel ? Je voudrais la lire à mes élèves.

À toutes les mains que l'on a forcées à cueillir, et à celui qui l'a écrit.

J'ai écrit à ma députée. Deux phrases, une question. Elle a répondu en quatre jours. **Essayez !**

Peut-on signer au nom d'une association ? Nous sommes soixante.

Le silence est le meilleur engrais de ce coton-là.

Boycotter, oui, mais aussi *demander* : un magasin qui reçoit dix fois la même question finit par chercher
la réponse.

Ma grand-mère disait qu'un pays qui a peur d'un crayon a déjà perdu. Signé.

Bonsoir de {place}, toute la famille a signé après le dîner.

Depuis {place}, courage à lui et aux siens.

Merci de ne pas laisser cette histoire s'endormir.
"""

RELEASE = """
Libre ! Enfin libre !

Quelle joie ce matin.

Trois ans entiers, jusqu'au dernier jour. Je suis heureuse et furieuse.

Bon retour parmi les vivants, Gaspar.

Mes élèves de l'époque sont au lycée maintenant. Je leur ai écrit à tous.

Et maintenant, la récolte. On continue.

Merci à celles et ceux qui ont tenu cette page en vie.
"""

SINCE = """
Je repasse ici chaque automne. Pensées pour lui.

Le magasin où j'achète mon tissu affiche enfin le pays d'origine. Il a fallu des années de questions.
"""

FRENCH = Voice(
    language="fr",
    countries=("FR", "BE", "CH", "CA", "LU"),
    whole={"during": entries(DURING), "release": entries(RELEASE), "since": entries(SINCE)},
    parts={
        "during": Parts(
            openings=lines("""
                Signé.
                Je signe sans hésiter.
                Évidemment, je signe.
                Merci pour cette page.
                Libérez Gaspar.
                Une amie m'a envoyé le lien.
                Un nom de plus, depuis {place}.
                Bonjour de {place}.
                Cela suffit.
                Quel courage.
                Je découvre cette histoire aujourd'hui.
            """),
            reasons=lines("""
                Celui qui témoigne n'est pas le coupable.
                Le coton que je porte me rend concernée, que je le veuille ou non.
                Un travail que l'on ne peut pas refuser n'est pas un travail.
                La place des enfants est à l'école et non dans les champs.
                Sans des gens comme lui, nous ne saurions rien.
                Un pouvoir qui craint un rapport a quelque chose à cacher.
                La liberté d'informer protège toutes les autres.
                Le prix bas d'une chemise, quelqu'un d'autre le paie.
                Personne ne devrait perdre trois ans de sa vie pour quelques pages honnêtes.
                Se taire, ce serait un peu participer.
                J'ai la chance de pouvoir parler, alors je parle pour lui.
                L'attention du monde protège, j'en suis convaincu.
                Une récolte qui a besoin de prisons est une mauvaise récolte.
            """),
            closings=lines("""
                Libérez-le !
                Qu'il rentre chez lui.
                Je fais suivre.
                Ne lâchons rien.
                Tenez bon, Gaspar.
                Solidarité depuis {place}.
                Amitiés de {place}.
                En espérant que cela serve.
                Merci à vous tous.
                ✊
                🕯️
            """),
        ),
        "release": Parts(
            openings=lines("""
                Enfin !
                Quelle nouvelle !
                Je n'osais plus y croire.
                Je viens de lire le message.
            """),
            reasons=lines("""
                Trois ans de trop, mais il est dehors.
                Qu'il trouve le repos et de bons amis.
                Fière d'avoir été l'une des cent mille.
                N'oublions pas celles et ceux qui attendent encore.
                Il n'aurait jamais dû passer une seule nuit en prison.
            """),
            closings=lines("""
                Merci à tous.
                Bises de {place}.
                On continue.
                ❤️
            """),
        ),
    },
    weights={"during": 9, "release": 8},
    places={
        "FR": ("Lyon", "Nantes", "Grenoble", "Rennes", "Toulouse", "Lille", "Besançon"),
        "BE": ("Liège", "Namur", "Bruxelles"),
        "CH": ("Lausanne", "Genève"),
        "CA": ("Québec", "Sherbrooke", "Montréal"),
    },
)
