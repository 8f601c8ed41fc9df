"""The invented campaigns' discussions, written out in full."""

from demo.shapes import Draft
from demo.voices.voice import entries

_NIGHT_SHIFT_THREADS = """
I worked nights at a place like this for six years. The queue at the gate was the worst hour of the day, and
it was free.

Signed. Waiting *is* working, or you could leave.

An hour a night, five nights a week: that's more than a month of unpaid work a year. **A month.**

Who pays a fee to get a job in a freezer? Somebody who has no choice.

My fish comes from there. I'd gladly pay two cents more for it.

Pay them.

Signed from the other side of the bay.

Is the canteen copy of the call in more than one language?

Proud of the people who wrote down the times. Every night, in the cold, with a pencil.

They call the fee an "administrative contribution". What a name for it!

Could we deliver the signatures at the gate, at the end of a night shift? I'd get up for that.

I'm on the day shift. We're with you, all of us, even if some of us don't dare to say it yet.

Solidarity from the Lissmar docks. It took us two years. It can be done.

- pay the waiting time
- give the fees back
- listen
//
It isn't rocket science.

What does the labour inspectorate say?

I've asked my supermarket where its frozen peas spend the night. No answer so far.

Searching people on the way out treats everyone as a thief. Not paying them for it is theft.

Is there a strike fund?

Eight of us in the knitting club made hats for the gate. Where can we bring them?

Cold hands, warm hearts, full wages.

My father came here on such a contract. He never talked about the debt. I found the paper after he had died.

Small shareholders can ask questions at the general meeting. I'm one. I'll ask.

How do you know that the survey is representative? 140 of how many?

Signed twice by accident, sorry!

Signed once, on purpose.

The podcast about gate four is the best half hour that I've heard this year:
<https://example.org/listen/gate-four>

To those on shift tonight: we know that you're there.

Please put the sum on the page: how much is owed to one person for one winter?

I drive for one of their customers. We wait unpaid too. Same bay, same story.

Nobody who's in debt for a job is free to leave it. That sentence on the page hit me.

It's not a favour, it's wages.

Would a letter to the town council help? The harbour belongs to the town, after all.

Unterschrieben. Hier im Hafen war es vor zehn Jahren genauso.

Signé. Une heure de froid par nuit, et gratuite !

Getekend, met groeten uit een andere haven.

Assinado. O meu irmão trabalha de noite e espera também.

✊❄️

I clean the offices there. I see the night shift come out at seven. I see their faces.

Reading this at work. Not at *that* work, luckily.

They've got heated floors in the lobby.

I'd like to see the recruiters named, too.

Good page, clear demands. Rare!

Look how many we are already. The town has nine thousand people. Think about that.

Shared with my choir, my landlord and my dentist.

Is there any news from the company at all?

Works council now!

I was sceptical about the fees until I saw the schedule with my own eyes.

Keep the pressure up at weekends, too. That's when they hope that we sleep.
"""

_LIBRARY_THREADS = """
I learned to read in the corner by the radiator. Please keep it open.

On weekdays it's the only warm room in the valley that doesn't ask you to buy something.

Homework club is on Wednesdays. Saturdays only means no homework club.

Could the council publish how many people come in on a weekday? I've counted 61 on a wet Tuesday.

I don't even like books and I'd miss it.

The librarian helped my mother to fill in her pension form. Three visits. Who does that on a Saturday?
"""


def _threads(prefix: str, block: str, languages: dict[int, str]) -> tuple[Draft, ...]:
    return tuple(
        Draft(f"{prefix}-{number}", body, languages.get(number, "en"))
        for number, body in enumerate(entries(block), start=1)
    )


NIGHT_SHIFT_TALK: tuple[Draft, ...] = (
    *_threads("night", _NIGHT_SHIFT_THREADS, {33: "de", 34: "fr", 35: "nl", 36: "pt"}),
    Draft("night-8-1", "Yes, in five. The sixth is being translated.", parent_key="night-8", by="staff", hours=3),
    Draft(
        "night-8-2",
        "Which one is missing? I read and write Georgian.",
        parent_key="night-8-1",
        by="new",
        hours=5,
    ),
    Draft(
        "night-8-3",
        "That very one! Please use the contact form.",
        parent_key="night-8-2",
        by="staff",
        hours=7,
    ),
    Draft("night-11-1", "Seven in the morning, gate four. I'm in.", parent_key="night-11", by="new", hours=2),
    Draft("night-11-2", "I'll bring coffee for everyone.", parent_key="night-11-1", by="new", hours=4),
    Draft("night-12-1", "We don't dare either, and we do it anyway. ❤️", parent_key="night-12", by="new", hours=9),
    Draft(
        "night-15-1",
        "It has opened a file. We'll post what comes of it.",
        parent_key="night-15",
        by="staff",
        hours=20,
    ),
    Draft(
        "night-19-1",
        "Saturday, at the stall by the bridge. What a kind idea!",
        parent_key="night-19",
        by="staff",
        hours=6,
    ),
    Draft(
        "night-23-1",
        "Of about 320 on the night shift. The method is in [the second source](https://example.org/sources/veyra-survey).",
        parent_key="night-23",
        by="staff",
        hours=5,
    ),
    Draft(
        "night-23-2",
        "Thanks. That's a better sample than I expected.",
        parent_key="night-23-1",
        by="night-23",
        hours=8,
    ),
    Draft("night-24-1", "Only one of them counts, no harm done.", parent_key="night-24", by="staff", hours=1),
    Draft(
        "night-45-1",
        "Not yet. When there is, it'll be in the updates.",
        parent_key="night-45",
        by="staff",
        hours=4,
    ),
)

LIBRARY_TALK: tuple[Draft, ...] = (
    *_threads("library", _LIBRARY_THREADS, {}),
    Draft(
        "library-4-1",
        "We've asked. The answer is due with the consultation.",
        parent_key="library-4",
        by="staff",
        hours=16,
    ),
    Draft("library-6-1", "She did the same for me. Twice.", parent_key="library-6", by="new", hours=30),
)
