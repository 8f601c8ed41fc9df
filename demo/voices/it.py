"""Italian."""

from demo.voices.voice import Parts, Voice, entries, lines

DURING = """
Libertà per Gaspar!

Firmato e condiviso.

Raccontare non è un reato.

Faccio la sarta. Da oggi chiedo a ogni fornitore dove è cresciuto il cotone, e se non lo sa cambio fornitore.

Tre anni di carcere per aver descritto un raccolto. Incredibile, e purtroppo vero.

Mia nonna faceva la mondina. Diceva che la fatica è dignità solo se puoi andartene. Firmo anche per lei.

Esiste un volantino da stampare? Lo metterei in biblioteca.

In classe ne abbiamo parlato per due ore. Hanno firmato anche i genitori.

A chi dice che le petizioni non servono: nemmeno il silenzio, e costa uguale.

Un saluto da {place} a chi lo aspetta.

Da {place}: lasciatelo andare.
"""

RELEASE = """
È libero! Finalmente!

Che bella notizia, la leggo e la rileggo.

Ha scontato tutta la pena, fino all'ultimo giorno. Gioia e rabbia insieme.

Bentornato, Gaspar.

Stasera si brinda in sartoria.

Adesso tocca al raccolto.
"""

ITALIAN = Voice(
    language="it",
    countries=("IT", "CH"),
    whole={
        "during": entries(DURING),
        "release": entries(RELEASE),
        "since": lines("Ogni autunno ripenso a lui. Spero stia bene."),
    },
    parts={
        "during": Parts(
            openings=lines("""
                Firmato.
                Firmo volentieri.
                Certo che firmo.
                Grazie per questa pagina.
                Libertà per Gaspar.
                Un nome in più da {place}.
                Adesso basta.
                Che coraggio.
            """),
            reasons=lines("""
                Chi denuncia un'ingiustizia non ne è il colpevole.
                Il cotone lo indosso ogni giorno, quindi mi riguarda.
                Un lavoro che non si può rifiutare non è un lavoro.
                I bambini devono stare a scuola e non nei campi.
                Senza persone come lui non sapremmo niente.
                Chi teme un rapporto ha qualcosa da nascondere.
                Nessuno dovrebbe perdere tre anni per qualche pagina onesta.
                La maglietta a poco prezzo la paga qualcun altro.
                Io posso parlare e allora parlo per lui.
                La libertà di stampa riguarda tutti.
            """),
            closings=lines("""
                Liberatelo!
                Che torni a casa.
                Lo faccio girare.
                Non molliamo.
                Forza, Gaspar.
                Un abbraccio da {place}.
                Speriamo bene.
                ✊
                🕯️
            """),
        ),
        "release": Parts(
            openings=lines("""
                Finalmente!
                Che gioia!
                Ho appena letto.
            """),
            reasons=lines("""
                Tre anni di troppo, ma oggi è fuori.
                Non ci speravo più.
                Gli auguro una vita lunga e serena.
                Orgogliosa di essere una dei centomila.
            """),
            closings=lines("""
                Auguri!
                Un abbraccio da {place}.
                Si continua.
            """),
        ),
    },
    weights={"during": 6, "release": 5},
    places={"IT": ("Bologna", "Torino", "Lecce", "Trieste", "Genova", "Perugia", "Palermo")},
)
