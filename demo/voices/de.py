"""German."""

from demo.voices.voice import Parts, Voice, entries, lines

DURING = """
Freiheit für Gaspar!

Unterschrieben und weitergeleitet.

Wer berichtet, gehört nicht ins Gefängnis.

Unsere ganze Nähgruppe hat unterschrieben: elf Frauen, ein Mann, sehr viel Baumwolle.

Ich habe heute drei Modegeschäfte gefragt, woher ihre Baumwolle kommt. Zweimal Achselzucken, einmal: „Gute
Frage, ich
kläre das.“ Also weiterfragen.

Gibt es den Text auch auf Deutsch zum Ausdrucken? Meine Eltern haben kein Internet.

Drei Jahre Haft für Berichte über Zwangsarbeit. Man muss es zweimal lesen, um es zu glauben.

Für meinen Großvater, der auch etwas aufgeschrieben hat, was niemand lesen sollte.

Ich bin in der DDR aufgewachsen. Ich weiß, wie Schweigen klingt. Deshalb schreibe ich hier mit.

Was kann man außer Unterschreiben tun? Ich mache den Anfang:
- beim Einkaufen nachfragen
- der eigenen Abgeordneten schreiben
- den Link in die Vereinszeitung setzen

Mein Handarbeitsladen führt jetzt nur noch Stoffe, bei denen das Anbauland draufsteht. Eine einzige Kundin
hatte gefragt.
Ich war das nicht, aber ich danke ihr.

Im Unterricht gelesen, danach war es zwei Minuten still. 23 von 25 haben unterschrieben.

Wird mein voller Name veröffentlicht? Ich arbeite mit Leuten aus der Region und möchte niemanden gefährden.

Petitionen ändern nichts, sagt mein Mann. Er hat trotzdem unterschrieben.

Grüße aus {place}, wir denken an ihn.

Aus {place}: Lasst den Mann nach Hause.

Danke, dass ihr dranbleibt. Man verliert solche Geschichten sonst so schnell aus den Augen.
"""

RELEASE = """
Endlich frei!

Er ist frei! Ich habe gerade im Zug laut gejubelt.

Volle drei Jahre abgesessen. Freude und Wut zugleich.

Willkommen zurück, Gaspar.

Die Nähgruppe stößt heute an. Mit Sekt. Und mit geprüfter Baumwolle.

Meine Schüler von damals haben mir heute alle die Nachricht geschickt.

Danke an alle, die nicht lockergelassen haben.

Alles Gute für ihn, vor allem Ruhe.
"""

SINCE = """
Jeden Herbst denke ich an diese Seite.

Ich frage noch immer in jedem Laden nach der Baumwolle. Es wird langsam besser.

Schön, dass man das hier noch lesen kann.
"""

GERMAN = Voice(
    language="de",
    countries=("DE", "AT", "CH"),
    whole={"during": entries(DURING), "release": entries(RELEASE), "since": entries(SINCE)},
    parts={
        "during": Parts(
            openings=lines("""
                Unterschrieben.
                Gerne unterschrieben.
                Natürlich unterschreibe ich.
                Danke für diese Seite.
                Freiheit für Gaspar.
                Ein Name mehr aus {place}.
                Grüße aus {place}.
                Meine Schwester hat mir den Link geschickt.
                Es reicht.
                Ich schreibe selten Kommentare.
                Was für ein mutiger Mensch.
            """),
            reasons=lines("""
                Wer Unrecht benennt, ist nicht der Täter.
                Baumwolle trage ich jeden Tag, also geht es mich etwas an.
                Arbeit, die man nicht ablehnen darf, ist keine Arbeit.
                Kinder gehören in die Schule und nicht aufs Feld.
                Ohne Menschen wie ihn wüssten wir von alldem nichts.
                Ein Staat, der Berichte fürchtet, hat etwas zu verbergen.
                Ich darf sagen, was ich denke, und sage es deshalb auch für ihn.
                Billige Baumwolle ist nur billig, weil jemand anderes bezahlt.
                Niemand sollte für ein paar ehrliche Seiten drei Jahre verlieren.
                Schweigen hilft immer nur den Falschen.
                Zwangsarbeit hört dort auf, wo genug Leute hinsehen.
                Pressefreiheit ist überall unsere Sache.
                Ich möchte Handtücher kaufen, für die keiner gezwungen wurde.
                Aufmerksamkeit schützt, daran glaube ich.
            """),
            closings=lines("""
                Lasst ihn frei!
                Bitte weitersagen.
                Ich leite es weiter.
                Nicht nachlassen!
                Halte durch, Gaspar.
                In Solidarität aus {place}.
                Herzliche Grüße aus {place}.
                Hoffentlich bald.
                Danke euch allen.
                ✊
                🕯️
            """),
        ),
        "release": Parts(
            openings=lines("""
                Endlich!
                Was für eine Nachricht!
                Ich freue mich so.
                Gerade gelesen.
            """),
            reasons=lines("""
                Drei Jahre zu viel, aber heute ist er draußen.
                Ich hatte schon nicht mehr daran geglaubt.
                Möge er jetzt zur Ruhe kommen.
                Jetzt geht es um die Ernte selbst.
                Ich bin stolz, eine von hunderttausend zu sein.
                Vergessen wir die anderen nicht.
            """),
            closings=lines("""
                Alles Gute!
                Grüße aus {place}.
                Danke an alle.
                ❤️
            """),
        ),
    },
    weights={"during": 11, "release": 10},
    places={
        "DE": ("Leipzig", "Bremen", "Freiburg", "Kassel", "Köln", "Rostock", "Bamberg", "Göttingen"),
        "AT": ("Graz", "Linz", "Wien"),
        "CH": ("Basel", "Bern", "Winterthur"),
    },
)
