"""English: most of what is written."""

from demo.voices.en_parts import PARTS, PLACES
from demo.voices.voice import Voice, entries

DURING = """
Free Gaspar!

Free him now.

FREE GASPAR MATALAEV

Signed and shared.

Signed. Please keep going.

Done, and sent to my whole choir.

Reporting is not a crime.

The truth about a harvest is not a state secret.

Let him go home.

I had never heard of this until ten minutes ago. Now I can't stop thinking about it.

Shame on a government that is afraid of a man with a notebook.

Signing for my grandfather, who also went to prison for something that he wrote down.

He told us where our T-shirts come from. The least that we can do is to put our name down.

Three years. For *reporting*. I have library books that have been out longer than any reason for this could
last.

My daughter (8) asked why somebody goes to prison for telling about work in a field. I had no answer, so we
signed.

I grew up on a cotton farm. I know what that work does to hands and backs **when you are paid for it**. Nobody
should be made to do it.

Never signed one of these before. First time for everything.

As a nurse I work with people who were forced to work elsewhere. It starts with nobody looking. He looked.

Please, to whoever reads these: he is one person, and letting him go costs you nothing.

Every time I put on a cotton shirt now, I think of this page.

I wrote to three clothing shops today and asked about their cotton. One has answered so far: "we'll look
into it".
Keep asking, everyone.

What I did after signing, in case it helps someone:
- wrote to my member of parliament
- sent the link to my old school
- put a note up at work, next to the coffee machine
//
It took me twenty minutes altogether.

1. Sign.
2. Send it to two people.
3. Ask one shop where its cotton is from.
//
That is the whole plan. Anybody can do it on a lunch break.

Can someone explain what "monitor" means here? Is it a journalist?

Is there a version of the petition in Spanish? My parents would like to sign.

How often are the names handed over? Once at the end, or as we go?

Does it help to write a letter by hand as well, or is that just for the drawer?

Is there a poster I could print? A4 is fine, black and white is better.

Are companies that buy this cotton named anywhere? I'd rather write to them directly.

Will you tell us if anything changes? I don't want to find out two years late.

Does the counter include people who signed on paper? We have 34 names from our parish.

Can I sign for my husband too? He doesn't do computers.

What happens after 100,000? Does the goal just move?

I'm sixteen. Am I allowed to sign?

Why is the name on the list only my first name and a letter? Not complaining, I actually like it.

I clicked twice by accident; did I sign twice?

The share button does nothing on my old tablet. I copied the address instead and that works.

The picture takes ages to load on the bus. The rest of the page is fine.

I can't find the comment that I left last week. Is there a search?

Would it be useful if somebody read the text aloud, for people who can't see the page? I'd volunteer.

There's a typo in the second paragraph on my phone, a word runs off the side of the screen.

So angry that I've typed this three times and deleted it three times. **Let. Him. Go.**

Angry. Just angry.

Disgusting.

No words.

We're in the twenty-first century, aren't we?

Cowards lock up the messenger.

If the harvest were fair you could let anyone count the people in it.

A state that sends its teachers and doctors into the fields and its reporters to prison has got everything the
wrong way round.

You can lock up a man. You can't lock up what he has already told us.

I'm boycotting every brand that won't say where its cotton was grown. Yes, that is nearly all of them. Yes, my
wardrobe is getting old.

Boycotts on their own hurt the pickers too, I think. Asking questions doesn't. **Ask, in writing, and keep the
answer.**

Second-hand only for me from now on.

I run a small fabric shop. I asked my two wholesalers for the country of origin of every cotton bolt. One
could tell
me, one could not. I've stopped ordering from the one that could not.

We're a quilting group, nineteen women, average age seventy-one. We buy a *lot* of cotton. All nineteen have
signed.

Knitters, sewers, quilters: we are the people who buy the stuff. Look at the label, then look it up.

I teach textiles. Next term starts with this page instead of with the sewing machines.

I teach civics to fourteen-year-olds. We read this together, and then 26 of them asked for the link. I have
never seen
that happen.

Our book club read about forced labour this month and ended up here. Ten signatures, one bottle of wine.

I'm a retired prison officer. I know what three years are. Nobody should serve one day for this.

I'm a lawyer. When a witness is punished, it's the evidence that somebody's afraid of.

I'm a farmer. Harvest is hard and harvest is honest, or it is nothing.

I work in customs. You'd be surprised how few people ask what we are asking here. Ask more.

Truck driver here, typing this at a services. Signed.

Night shift at the hospital, quiet hour. Signed, and so have the two at the desk next to mine.

Waiting for a train, read all of it, signed before it came.

My mother picked cotton as a child because she had to. She is 84 and she dictated her signature to me: "put
me down for
the boy". So I have.

For everyone who was made to pick and was never asked.

For the ones in the fields and the one in the cell.

To Gaspar, should this ever reach you: strangers know your name, and say it.

To Gaspar: I don't know you. I know what you did. Thank you.

To Gaspar and to the people who wait for him: courage.

I light a candle on the fourth of every month. It's a small thing, but I haven't missed one. 🕯️

🕯️

✊✊✊

🙏 for Gaspar

Praying for him and for those in the fields.

Not a religious person, but I do hope.

Hope is a discipline. Signing is practice.

One more name. May it be the one that tips it.

Number umpteen-thousand-and-something, and proud of it.

The counter went up by 37 while I was reading the page. Isn't that something?

I signed a while ago and came back to see how far we are. Come on, everyone, one more push.

Back again, still angry, still hoping.

Reminder to myself and to others: signing is the beginning. The letter takes ten minutes more.

Here's what I wrote to my MP, feel free to copy it:
//
> I'm asking you to raise the case of Gaspar Matalaev, imprisoned after reporting on forced labour in the cotton
> harvest of Turkmenistan, and to tell me what reply you get.
//
Two sentences are enough. They do read them.

For the letter-writers: short, polite, in your own words, one question at the end that can't be answered
with a form
letter. I worked in such an office. *Those* get passed upwards.

I put the link into my e-mail signature. Eleven colleagues have asked about it so far.

Posting this in every garden forum that I'm in. Gardeners care about who works the soil.

Shared on our village noticeboard, the wooden kind.

Made a stall at the farmers' market with a printout and a clipboard. People stop when you say "your shirt".

We could all wear a cotton flower on the fourth of October. Easy, cheap, and people ask what it means.

Suggestion: a postcard. People answer postcards. I'd pay for the first two hundred.

Suggestion: let us see the signatures by country. It would be good for a bit of healthy rivalry!

Suggestion for the page: put the background piece further up. I only found [the part about where the cotton
goes](https://example.org/learn/cotton) because I scrolled all the way down.

If you only read one thing, read [this](https://example.org/learn/forced-labour). Then come back and sign.

Good short film for showing in class: [the harvest in four minutes](https://example.org/watch/harvest).
Works with
subtitles.

I made a one-page handout from the text here, anyone may use it:
<https://example.org/handouts/cotton-one-page>

I did the sums: if everyone who signs brings two, we pass 100,000 before the next harvest.

Honest question: does any government read these? Signed anyway.

I'm sceptical about petitions. I'm more sceptical about doing nothing.

It probably won't help. But if I were in there, I'd want somebody to have tried.

Some people say that it isn't our business. I wear cotton, so it is.

I'd like to believe that the people who sign such prison sentences read comments at night and can't sleep.

Nobody here is asking for anything complicated. Open a door.

History is going to remember the name of the reporter and not that of the judge.

He counted. Now we count.

What he did should be a job with a pension, not a crime with a sentence.

Silence is what this kind of harvest grows on.

The world's watching, slowly, one reader at a time.

Small country, big harvest, bigger fear.

*Someone* decided this. Someone can undecide it.

My shirt says "100% cotton". It doesn't say "100% voluntary". It ought to.

Labels tell me how hot I may wash it, and not who picked it.

I used to think that slavery was in the history books. I was wrong by about one harvest.

Came here from a podcast, stayed for the comments. You lot give me hope.

Reading these comments on a bad day. They help.

I've read all the comments, every single one. People are better than the news.

A hug to everyone here who doesn't look away.

Greetings from a very small island with a very big heart.

In solidarity from a union branch of 212 cleaners. We voted. It was unanimous. It never is.

Our trade union local signed as one. An injury to one, and so on, and we mean it.

The student union has put this on the agenda for Tuesday.

From one reporter to another: respect.

I write for a tiny local paper about bin collections and planning permission. Nobody's ever threatened me.
That is what
normal is supposed to look like.

I've signed before it was too late once, and after it was too late once. The first feels better. Sign now.

I lost a friend to a prison. I can't do anything for him. This I can do.

Grew up under censorship. You learn to read between the lines and to whisper. To see somebody write it *on*
the lines is
everything.

We left a country like that in 1988. My father kept a list of names in a shoe. Keep the lists.

It's strange to sit in a warm kitchen and type this. I suppose that's the point.

When he's out, will there be a way to send him a card?

Please don't let this page go quiet between harvests.

Could you send a reminder every autumn? People forget, and the cotton comes back each year.

A bit long, sorry, but I have thought about this for a week.
//
I buy for a mid-sized chain of hotels: towels, sheets, robes. Tonnes of cotton a year. I've never once been
asked
by anyone where it grows. Not by guests, not by my boss, not by the auditors. So I asked our suppliers
myself, with a
list of four questions:
//
1. In which countries was the cotton in this product grown?
2. How do you know?
3. Would you put it in the contract?
4. Whom may I ring to check?
//
Five of eight couldn't answer the first one. Two could answer all four, and one of these was *cheaper* than
what we buy
now. I'm not telling you this to look good, I'm telling you because it took me one afternoon. There must be
thousands of
people with a job like mine. If you're one of them: one afternoon. That's what a man got three years for
making
possible.

I'd like to say something to those who write that petitions are pointless. I've signed maybe forty in my
life. Most of
them I never heard of again. Two of them worked. I've no idea which of the forty signatures were the useful
ones, and
neither does anybody else, and **that's precisely how it works**: nobody is the drop that fills the jug.
//
So I sign, I write my short letter, I put a note in the diary for October, and I get on with the washing-up.

My physiotherapist asked why I was late. I was reading this page in the car park. He has signed too.

Told my barber. He told his next customer. That's three.

Signed at my kitchen table in {place}, with the radio off for once.

{place} is with you.

A whole class in {place} says: let him out.

Good evening from {place}. We've talked about this at dinner and everyone has signed.

Rain in {place}, tea, and a signature. Not much, but honest.

Our little shop in {place} has the petition on the counter now.
"""

RELEASE = """
HE IS FREE!!!

Free! Free! Free!

I just read it. I'm crying on a tram.

Best e-mail of the year.

Three years too late and still the best news of the week.

Welcome back, Gaspar.

Welcome out, Gaspar. Sleep, eat, see the sky.

He served every single day of it, so let's not call it mercy. But he's **out**.

Glad, and angry. Both at once. Full sentence, for nothing.

I signed on the first day. I've waited for this update ever since.

101,564 people are smiling today.

Somebody ring the bells.

🎉🎉🎉

👏👏👏 and 🕯️ for all who are still inside somewhere.

I told my class. They applauded. One of them asked "and the others?", and that is the right question.

My daughter was 8 when we signed and she's 10 now. She remembered his name.

My mother, who dictated her signature, is 86 and has just made me read the update to her twice.

The nineteen quilters (eighteen now) send their love. We're making him a quilt, with cotton that we've
checked.

Thank you to the people who ran this page for two and a half years. I know that it can't have been easy.

Thank you to everyone who signed. I don't know a single one of you. I like you all.

Let's not forget that the harvest starts again this month.

He's free. The pickers aren't. Don't close the tab yet.

So what's next? Seriously: I have my clipboard and no petition.

Is there anything that he needs? I'd like to help if it's wanted, and to leave him in peace if it isn't.

Do you think that the signatures made a difference, as he served the whole sentence? I really want to know
what people
here think.

May he have a very boring, very long, very happy life.

I lit a candle on the fourth of every month. Tonight I'm blowing it out. 🕯️

I hope that somebody reads him these comments some day. From the bottom of the page up, it's quite a story.

Good. Now the others.

I'm so happy that I've shared it with people who don't even know what it is about.

Not a day for long comments: **YES.**

Two and a half years ago I wrote here that I doubted it would help. I'm pleased to have signed anyway.

To a free man: good morning.

Can we leave the discussion open? I'd hate for this to vanish.

To those who kept his name in the news: thank you, thank you.

Raising a cup of tea in {place}.

Whole office in {place} is cheering, and half of them don't know why yet.
"""

SINCE = """
Still think of this page every autumn.

Reading this years later. What a thread.

I came here to check whether he's still free. I hope that he is well.

Using this in my thesis on consumer campaigns (only the public numbers, no names). The counter that says
where each part
comes from is a gift.

Found this through a school project. I was four when it started.

It's harvest time again. I have sent my yearly letter to two shops. Have you?

4 October. Candle. 🕯️

6 September, every year, I raise a glass.

Does anyone know a good overview of what has changed in the harvest since? Sources welcome.

My wholesaler now prints the country of origin of the cotton on every invoice. It took three years of
asking. It
*does* move.

We still have the printout on the noticeboard. Yellow, but there.

During the lockdown I read the whole discussion from the oldest comment on. Recommended.

New here. Is it still possible to sign? I can't see the button.

I wish that there were more pages with an ending like this one.

Reminder that a campaign isn't over just because it's won. Ask your shop.

I asked my shop again. New manager, same shrug. I'll be back.

To whoever moderates here: thank you for keeping it human.

Showed this to my grandson today. He is wearing a shirt with its country of origin on it. Small steps.

Nobody should need a hundred thousand strangers in order to be left in peace. But good that they were there.

Small update from the hotel buyer further down: it's in all our contracts now.

Just passing through to say that I haven't forgotten.

I teach this every year now. Every year somebody asks whether they can still sign, and every year I tell
them what they can
do instead.

All these years on: I hope he's somewhere warm, with good bread.

The quilt's finished. It hangs in our parish hall in case he ever comes by.

Is the one-page handout still around somewhere? The link that I had is dead.
"""

ENGLISH = Voice(
    language="en",
    countries=(
        "GB",
        "US",
        "CA",
        "AU",
        "IE",
        "NZ",
        "ZA",
        "IN",
        "NG",
        "KE",
        "SG",
        "MT",
        "JM",
        "NL",
        "SE",
        "DK",
        "HK",
        "PH",
    ),
    whole={"during": entries(DURING), "release": entries(RELEASE), "since": entries(SINCE)},
    parts=PARTS,
    weights={"during": 54, "release": 46, "since": 10},
    places=PLACES,
)
