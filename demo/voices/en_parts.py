"""English parts: openings, reasons and closings that read on from each other in any combination."""

from demo.shapes import Era
from demo.voices.voice import Parts, lines

PARTS: dict[Era, Parts] = {
    "during": Parts(
        openings=lines("""
            Signed.
            Signed today.
            Signed, with all my heart.
            Gladly signed.
            Of course I've signed.
            Signed this on my phone in a queue.
            My name is on it.
            Add me to the list.
            I've just signed and would like to say why.
            Late to this, but here.
            Thank you for making this known.
            Thank you for this page.
            Thanks to the friend who sent me this.
            I'm signing with my two children.
            My sister sent me the link.
            A colleague told me about this over lunch.
            Free Gaspar.
            Free Gaspar now!
            Let him go.
            Please let this man go home.
            Dear all,
            Hello from {place}.
            Greetings from {place}.
            Writing from {place}.
            Another name from {place}.
            To the government of Turkmenistan:
            Enough.
            This made me stop.
            I read the text twice.
            I don't comment often.
            What a brave man.
            Solidarity!
        """),
        reasons=lines("""
            Nobody should go to prison for writing down what they saw.
            Whoever reports on forced labour protects people who can't speak for themselves.
            If it's legal to force people into the fields, it can't be a crime to say so.
            The person who lights a lamp isn't the one who made the room dirty.
            Work that you can't refuse isn't work.
            Cotton is in everything that I own, so this concerns me.
            I'd like to know that no one was forced to pick what I wear.
            Reporters like him are the only reason why we know about this at all.
            A harvest that needs prisons to protect it is a bad harvest.
            There's no shame in having a problem; there's shame in jailing the one who points at it.
            He did what any decent neighbour would do, only with more courage.
            Facts don't go away when the person who found them does.
            A country is judged by how it treats those who criticise it.
            Children belong in school in September, not in the rows.
            Freedom to report is the freedom that looks after all the others.
            I have the luck to be allowed to say what I think, and so I'm saying it for him.
            It takes one person to see it and a crowd to make it matter.
            I can't imagine losing three years for a few honest pages.
            It could be any of us, had we been born a few borders further on.
            Prison for a report tells me that the report was right.
            My family knows what it is to wait for somebody.
            No shirt is worth this.
            People who harvest deserve wages, and people who report deserve thanks.
            It's a simple matter of right and wrong.
            Forced labour ends when enough people refuse to look past it.
            The clothes industry needs more people like him and fewer excuses.
            You can't sell cotton to the world and expect the world not to ask about it.
            I'd want strangers to do the same for my son.
            An honest count of the people in a field should frighten nobody.
            Every day that he's inside is a day that says more about his jailers than about him.
            He asked the question that all of us who buy clothes should have asked.
            The truth has never been grown by force.
            The right to say "this is wrong" is worth more than any crop.
            Somebody had to write it down, and he did.
            I work with my hands too, and I get paid for it, and I can leave.
            There's nothing dangerous in a report except to those who have something to hide.
            We owe him more than a signature, but it's a start.
            Cheap cotton is only cheap because someone else is paying.
            What's done in the dark has to be told by someone.
            One reporter in prison makes a hundred others think twice.
            To punish the witness doesn't undo what was witnessed.
            He has given up his freedom so that we'd know; we can give up two minutes.
            Governments do change their minds when enough people keep asking politely.
            Being quiet about it would make me part of it.
            I believe that attention protects people.
            No one should have to be this brave.
            Three years of a life is too high a price for telling the truth.
            It's the workers and those who speak for them that feed and clothe us all.
            The cotton fields should be a place of wages, not of orders.
            I think of the people who miss him.
            A free country wouldn't need to be asked.
            If one man's notes can shake you, then it isn't the man who is the problem.
            I'd rather pay more for a towel than wonder about it every morning.
            It's the least I can do from a safe place.
        """),
        closings=lines("""
            Free him.
            Let him go home.
            Please open that door.
            I hope that it helps.
            I'll pass this on.
            Shared with everyone I know.
            I've sent it to ten people.
            I'm going to write to my representative as well.
            Don't stop.
            Keep going, all of you.
            Thank you for not letting this be forgotten.
            You're not alone, Gaspar.
            We haven't forgotten you.
            In solidarity.
            With respect from {place}.
            Warm wishes from {place}.
            Love from {place}.
            {place} stands with him.
            ✊
            🕯️
            🙏
            **Free Gaspar Matalaev.**
            *We are watching.*
            Now.
            And then let's talk about the harvest itself.
            And please, keep us posted.
            I'll be back to see how it goes.
            May it be soon.
            May he be home before the next harvest.
            Hold on, Gaspar.
            I'm asking my shop tomorrow.
            From now on I'll read the labels.
            That's all. Thanks for reading.
            It isn't too late to do the right thing.
            Courage!
            Peace.
        """),
    ),
    "release": Parts(
        openings=lines("""
            He's free!
            What news!
            Finally.
            At last!
            I can hardly believe it.
            Oh, this is good.
            Such a good morning.
            Just saw the update.
            Read it out loud to the family.
            Welcome home, Gaspar.
            Hello from {place}, where people are happy today.
            Hooray!
            Dear all,
            So relieved.
        """),
        reasons=lines("""
            Three years is three years too many, but today he's out.
            He should never have been there in the first place.
            I've had this page bookmarked since 2017.
            I didn't dare to hope for it any more.
            May he find rest, good food and people who love him.
            His full sentence, for telling the truth: let nobody call that justice.
            Now for the harvest itself.
            It's good to read something that ends with a door being opened.
            I'm proud to be one of a hundred thousand.
            Every one of us carried a very small piece of this.
            I hope that he learns how many people knew his name.
            I'd like to thank everybody who kept at it.
            It's his courage that we ought to celebrate, and not the end of a punishment.
            Let's remember those who are still waiting for theirs.
            I'm printing the update and pinning it up next to the petition.
            There's still cotton to be asked about.
        """),
        closings=lines("""
            Welcome back!
            Thank you all.
            Cheers from {place}!
            Love from {place}.
            Onwards.
            🎉
            ❤️
            👏👏
            And now for the others.
            Be well, Gaspar.
            I'm going to celebrate tonight.
            We keep asking.
            Good night and good luck to a free man.
            **Free at last.**
        """),
    ),
    "since": Parts(
        openings=lines("""
            Came back to this page today.
            Still here.
            Years later, and I still read this.
            Hello from {place}.
            Found this again through an old bookmark.
            Just a short hello.
            A friend asked me about this campaign yesterday.
            Somebody shared this page again.
            Cleaning up my browser, and I can't delete this one.
            Good to see that people still write here.
        """),
        reasons=lines("""
            I hope that he's well.
            The cotton question isn't finished.
            I ask about cotton in every shop now, and it started here.
            It's a comfort to see how many people cared.
            I tell people about this page when they say that nothing ever helps.
            My children are growing up knowing that labels don't tell everything.
            I was one of the hundred thousand, and I'm still a little proud of it.
            People come and go, and the questions stay good ones.
            I read labels as other people read novels now.
            One man's notes changed how I shop.
            I'd sign it again tomorrow.
            I learned here that patience is a kind of work.
            There's another harvest every year, and so there's a reason to ask every year.
            I showed it to a new colleague, who went very quiet and then wrote three letters.
            Nobody in my family buys a towel without a question any more.
        """),
        closings=lines("""
            Take care, everyone.
            Keep asking.
            See you next autumn.
            🕯️
            To Gaspar: be well.
            Thank you to everyone who's still reading.
            Onwards, slowly.
            And on we go.
            Best wishes from {place}.
        """),
    ),
}

PLACES: dict[str, tuple[str, ...]] = {
    country: tuple(name.replace("_", " ") for name in names.split())
    for country, names in {
        "GB": "Leeds Bristol Cardiff Glasgow Hebden_Bridge Norwich Sheffield Exeter Belfast Whitby Dundee Lancaster Stroud",
        "US": "Ohio Vermont Tucson Portland Duluth Baltimore Santa_Fe Milwaukee Asheville Oakland Nebraska",
        "CA": "Halifax Winnipeg Saskatoon Victoria Hamilton",
        "AU": "Hobart Fremantle Ballarat Brisbane Adelaide",
        "IE": "Galway Cork Sligo Ennis",
        "NZ": "Dunedin Nelson Wellington",
        "ZA": "Durban Gqeberha",
        "IN": "Pune Kochi Bengaluru",
        "KE": "Kisumu Nairobi",
        "NG": "Ibadan Lagos",
        "SG": "Singapore",
    }.items()
}
