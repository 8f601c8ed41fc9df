"""Dutch."""

from demo.voices.voice import Parts, Voice, entries, lines

DURING = """
Laat Gaspar vrij!

Getekend en gedeeld.

Verslag doen is geen misdaad.

Onze quiltclub heeft getekend, alle veertien, en we vragen nu bij elke lap waar de katoen vandaan komt.

Kan ik ook op papier handtekeningen verzamelen? Ik sta elke zaterdag op de markt.

Drie jaar cel voor een paar eerlijke verslagen. Niet te geloven.

Ik heb mijn werkgever (bedrijfskleding!) gevraagd naar de herkomst van de katoen. Het staat op de agenda van
**volgende maand**.

Groeten uit {place}, hou vol.
"""

RELEASE = """
Vrij! Eindelijk!

Wat een goed nieuws, ik heb er kippenvel van.

De hele straf uitgezeten. Blij en boos tegelijk.

Welkom terug, Gaspar.
"""

DUTCH = Voice(
    language="nl",
    countries=("NL", "BE"),
    whole={
        "during": entries(DURING),
        "release": entries(RELEASE),
        "since": lines("Elk najaar denk ik nog aan hem."),
    },
    parts={
        "during": Parts(
            openings=lines("""
                Getekend.
                Graag getekend.
                Natuurlijk teken ik.
                Dank voor deze pagina.
                Weer een naam uit {place}.
                Genoeg nu.
                Wat een moed.
            """),
            reasons=lines("""
                Wie onrecht meldt, is niet de dader.
                Ik draag elke dag katoen, dus het gaat mij ook aan.
                Werk dat je niet mag weigeren is geen werk.
                Kinderen horen op school en niet op het veld.
                Zonder mensen zoals hij wisten we van niets.
                Wie bang is voor een verslag heeft iets te verbergen.
                Niemand zou drie jaar moeten verliezen om een paar eerlijke bladzijden.
                Goedkope katoen wordt door een ander betaald.
            """),
            closings=lines("""
                Laat hem gaan!
                Ik stuur het door.
                Sterkte, Gaspar.
                Hartelijke groet uit {place}.
                Niet opgeven.
                ✊
                🕯️
            """),
        ),
    },
    weights={"during": 4},
    places={"NL": ("Utrecht", "Groningen", "Nijmegen", "Zwolle", "Middelburg"), "BE": ("Gent", "Leuven")},
)
