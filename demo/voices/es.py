"""Spanish."""

from demo.voices.voice import Parts, Voice, entries, lines

DURING = """
¡Libertad para Gaspar!

Firmado y compartido.

Informar no es delito.

Mi abuela recogió algodón de niña, y por necesidad. Firmo por ella y por él.

¿Quién ve mi nombre si firmo? Tengo familia por esa zona y quiero ir con cuidado.

Tres años de cárcel por contar lo que vio. Que alguien me lo explique.

He preguntado en la tienda de telas de mi barrio. No sabían nada, pero apuntaron la pregunta. Algo es algo.

Soy maestra. Hoy la clase de lengua fue escribir una carta a un gobierno lejano. Las mejores cartas del curso.

¿Hay alguna lista de marcas que sí digan de dónde viene su algodón?

Los que recogen, los que cosen y los que cuentan la verdad: *sin ellos vamos desnudos*.

Nuestro sindicato firmó entero, sin un solo voto en contra.

Un abrazo desde {place} a quien lo espera en casa.

Aquí {place}, presente.

No lo conozco, pero le debo saber de dónde sale mi camisa.

Que lo suelten ya, que de noche refresca y nadie debería estar preso por decir la verdad.
"""

RELEASE = """
¡Libre! ¡Por fin!

Lloro de alegría, de verdad.

Cumplió la condena entera, hasta el último día. Que nadie lo llame clemencia.

Bienvenido, Gaspar. Descansa.

Se lo acabo de contar a mi clase y han aplaudido.

Gracias a quienes no se cansaron.

¿Y ahora qué firmamos? Lo digo en serio, sigamos.
"""

SINCE = """
Paso por aquí cada septiembre. Espero que esté bien.

Hoy le enseñé esta página a mi hijo. Me preguntó si la cosecha ya era libre. Buena pregunta.
"""

SPANISH = Voice(
    language="es",
    countries=("ES", "MX", "AR", "CO", "CL", "PE", "UY", "EC", "CR"),
    whole={"during": entries(DURING), "release": entries(RELEASE), "since": entries(SINCE)},
    parts={
        "during": Parts(
            openings=lines("""
                Firmado.
                Firmo con gusto.
                Claro que firmo.
                Gracias por dar a conocer esto.
                Libertad para Gaspar.
                Una amiga me mandó el enlace.
                Un nombre más desde {place}.
                Saludos desde {place}.
                Ya basta.
                Qué valiente.
                Me acabo de enterar de esto.
            """),
            reasons=lines("""
                Quien cuenta la injusticia no es quien la comete.
                Llevo algodón todos los días, así que también es asunto mío.
                Un trabajo que no se puede rechazar no es trabajo.
                Los niños deben estar en la escuela y no en el campo.
                Sin gente como él no sabríamos nada.
                El gobierno que teme un informe algo esconde.
                La camisa barata la paga otra persona.
                Nadie debería perder tres años por unas páginas honestas.
                Callar sería ayudar a los que mandan callar.
                Yo puedo hablar sin miedo y por eso hablo por él.
                La verdad no se cosecha a la fuerza.
                Creo que la atención de la gente protege.
            """),
            closings=lines("""
                ¡Que lo liberen!
                Que vuelva a casa.
                Lo comparto.
                No paremos.
                Ánimo, Gaspar.
                Un abrazo desde {place}.
                Solidaridad desde {place}.
                Ojalá sirva.
                Gracias a todos.
                ✊
                🙏
            """),
        ),
        "release": Parts(
            openings=lines("""
                ¡Por fin!
                ¡Qué noticia!
                Qué alegría.
                Lo acabo de leer.
            """),
            reasons=lines("""
                Tres años de más, pero hoy está fuera.
                Ya no me atrevía a esperarlo.
                Que tenga una vida larga y tranquila.
                Orgullosa de ser una entre cien mil.
                No olvidemos a quienes siguen esperando.
            """),
            closings=lines("""
                ¡Enhorabuena!
                Abrazos desde {place}.
                Seguimos.
                ❤️
            """),
        ),
    },
    weights={"during": 9, "release": 8},
    places={
        "ES": ("Zaragoza", "Gijón", "Cádiz", "Vigo", "Valencia", "Granada"),
        "MX": ("Oaxaca", "Puebla", "Mérida"),
        "AR": ("Rosario", "Córdoba"),
        "CO": ("Cali", "Medellín"),
        "CL": ("Valdivia",),
        "UY": ("Montevideo",),
    },
)
