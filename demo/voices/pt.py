"""Portuguese."""

from demo.voices.voice import Parts, Voice, entries, lines

DURING = """
Liberdade para Gaspar!

Assinado e partilhado.

Informar não é crime.

Trabalhei na apanha do algodão quando era nova, com salário e com domingos. Ninguém o devia fazer à força.

Há tradução do apelo para português? Posso ajudar.

Três anos por contar a verdade. Que vergonha de governo.

Mostrei esta página aos meus alunos. A pergunta deles: «E quem apanhou a minha camisola?»

Daqui de {place}, força!

Que ele volte logo para casa.
"""

RELEASE = """
Livre, finalmente!

Que alegria, meu Deus.

Cumpriu a pena inteira. Não lhe chamem perdão.

Bem-vindo de volta, Gaspar.
"""

PORTUGUESE = Voice(
    language="pt",
    countries=("BR", "PT"),
    whole={
        "during": entries(DURING),
        "release": entries(RELEASE),
        "since": lines("Ainda me lembro desta página todos os outonos."),
    },
    parts={
        "during": Parts(
            openings=lines("""
                Assinado.
                Assino com gosto.
                Claro que assino.
                Obrigada por divulgarem.
                Mais um nome de {place}.
                Já chega.
                Que coragem.
            """),
            reasons=lines("""
                Quem conta a injustiça não é quem a comete.
                Visto algodão todos os dias, por isso o assunto também é meu.
                Trabalho que não se pode recusar não é trabalho.
                Lugar de criança é na escola e não no campo.
                Sem pessoas como ele não saberíamos de nada.
                Quem tem medo de um relatório tem algo a esconder.
                Ninguém devia perder três anos por umas páginas honestas.
                O preço baixo, alguém o paga.
            """),
            closings=lines("""
                Libertem-no!
                Vou partilhar.
                Força, Gaspar.
                Um abraço de {place}.
                Não desistam.
                ✊
                🙏
            """),
        ),
    },
    weights={"during": 4},
    places={"BR": ("Recife", "Curitiba", "Belém", "Campinas"), "PT": ("Coimbra", "Braga", "Évora")},
)
