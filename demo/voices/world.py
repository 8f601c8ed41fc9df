"""The other languages: fewer texts each, all of them whole, a few with parts."""

from demo.voices.voice import Parts, Voice, lines

POLISH = Voice(
    "pl",
    ("PL",),
    {
        "during": lines("""
            Wolność dla Gaspara!
            Podpisane i udostępnione.
            Za prawdę nie zamyka się ludzi w więzieniu.
            Moja babcia pamiętała czasy, kiedy nie wolno było pytać. Dlatego pytam.
            Czy można podpisać, jeśli nie mam jeszcze osiemnastu lat?
            Szyję zawodowo. Od dziś pytam każdego dostawcę, skąd jest bawełna.
            Trzy lata za uczciwą relację. Wstyd.
            Trzymaj się, Gaspar. Nie jesteś sam.
            Wysłałam link całej rodzinie, nawet teściowej.
        """),
        "release": lines("""
            Nareszcie wolny!
            Łzy w oczach. Witaj, Gaspar!
            Odsiedział wszystko co do dnia. Radość i złość naraz.
        """),
    },
    {
        "during": Parts(
            lines("Podpisane.\nOczywiście podpisuję.\nDziękuję za tę stronę.\nDość tego."),
            lines("""
                Kto mówi o krzywdzie, nie jest jej sprawcą.
                Bawełnę noszę codziennie, więc to także moja sprawa.
                Praca, której nie wolno odmówić, nie jest pracą.
                Bez takich ludzi niczego byśmy nie wiedzieli.
            """),
            lines("Uwolnijcie go!\nPodaję dalej.\nOby jak najszybciej.\n✊"),
        )
    },
    {"during": 2},
)

RUSSIAN = Voice(
    "ru",
    ("RU", "DE", "IL", "KZ", "LV", "EE"),
    {
        "during": lines("""
            Свободу Гаспару!
            Подписала и отправила друзьям.
            Рассказывать правду — не преступление.
            Моя мама каждый сентябрь ездила «на хлопок» студенткой. Она подписалась первой.
            Помню эти поля с детства. Никто не спрашивал, хочешь ли ты. Спасибо ему за то, что спросил.
            Можно ли подписать только именем, без фамилии?
            Три года за честный рассказ. Стыдно за тех, кто это решил.
            Держись, Гаспар!
            Пусть скорее вернётся домой.
            Хлопок в магазине чистый и белый, а за ним вот это.
            Журналист в тюрьме — это вопрос ко всем нам.
        """),
        "release": lines("""
            На свободе! Наконец-то!
            Отсидел весь срок, до последнего дня. И всё равно — какая радость.
            Мама плачет и смеётся. Спасибо всем, кто не забыл.
            С возвращением, Гаспар!
        """),
        "since": lines("Каждую осень захожу сюда. Надеюсь, у него всё хорошо."),
    },
    {
        "during": Parts(
            lines("Подписываю.\nКонечно, подписываю.\nСпасибо за эту страницу.\nХватит."),
            lines("""
                Кто рассказал о несправедливости, тот в ней не виноват.
                Работа, от которой нельзя отказаться, — это не работа.
                Без таких людей мы бы ничего не узнали.
                Дети осенью должны учиться, а не собирать хлопок.
            """),
            lines("Отпустите его!\nПередаю дальше.\nНе сдавайтесь.\n🕯️"),
        )
    },
    {"during": 2},
)

UKRAINIAN = Voice(
    "uk",
    ("UA", "PL", "CA", "DE"),
    {
        "during": lines("""
            Свободу Гаспарові!
            Підписала. Говорити правду — не злочин.
            Підписуємо всією родиною. Тримайся!
            Бавовна не має пахнути страхом.
            Три роки за чесну розповідь — це три роки забагато.
            Дякую, що не мовчите.
        """),
        "release": lines("""
            Нарешті вільний! Вітаю!
            Яка добра новина. Хай щастить, Гаспаре.
        """),
    },
)

TURKISH = Voice(
    "tr",
    ("TR", "DE", "NL"),
    {
        "during": lines("""
            Gaspar'a özgürlük!
            İmzaladım ve paylaştım.
            Gerçeği anlatmak suç değildir.
            Pamuk tarlasında büyüdüm. Zorla toplanan pamuğun ne demek olduğunu bilirim.
            İmzam başkaları tarafından görülüyor mu? Akrabalarım için soruyorum.
            Üç yıl hapis, birkaç dürüst satır için. Yazık.
            Dayan Gaspar, yalnız değilsin.
            Giydiğim gömleği kimin topladığını bilmek istiyorum.
            Tekstilde çalışıyorum. Bu soruyu artık her tedarikçiye soruyorum.
        """),
        "release": lines("""
            Sonunda özgür! Çok sevindim.
            Geçmiş olsun Gaspar, hoş geldin.
            Cezasının tamamını yattı, unutmayalım. Yine de bugün güzel bir gün.
        """),
    },
)

TURKMEN = Voice(
    "tk",
    ("TR", "RU", "DE", "SE"),
    {
        "during": lines("""
            Gaspara azatlyk!
            Mejbury zähmete ýok!
            Sag boluň, dostlar.
        """),
        "release": lines("""
            Gutly bolsun, Gaspar!
            Azatlyk! Sag boluň!
        """),
    },
)

ARABIC = Voice(
    "ar",
    ("AE", "EG", "MA", "LB", "JO", "TN", "FR", "SE"),
    {
        "during": lines("""
            الحرية لغاسبار!
            وقّعتُ وشاركتُ الرابط مع أصدقائي.
            قول الحقيقة ليس جريمة.
            ثلاث سنوات من السجن بسبب تقارير صادقة. هذا ظلم.
            كان جدي يزرع القطن، وكان يقول إن العمل كرامة. لا كرامة في الإكراه.
            هل يظهر اسمي الكامل للجميع؟
            اصبر يا غاسبار، لست وحدك.
            من يلبس القطن عليه أن يسأل من قطفه.
        """),
        "release": lines("""
            الحمد لله على السلامة!
            حرّ أخيراً! خبر جميل جداً.
        """),
    },
)

HINDI = Voice(
    "hi",
    ("IN",),
    {
        "during": lines("""
            गैस्पर को रिहा करो!
            मैंने हस्ताक्षर कर दिए हैं और सबको भेज दिया है।
            सच बोलना अपराध नहीं है।
            मेरे गाँव में भी कपास होती है। मज़दूरी मिले तो काम है, ज़बरदस्ती हो तो गुलामी।
            तीन साल की जेल, सिर्फ़ सच लिखने के लिए?
            हिम्मत रखो, हम साथ हैं।
            हमारे स्कूल की पूरी कक्षा ने इसे पढ़ा।
        """),
        "release": lines("""
            आख़िरकार आज़ाद! बहुत ख़ुशी हुई।
            स्वागत है, गैस्पर।
        """),
    },
)

JAPANESE = Voice(
    "ja",
    ("JP",),
    {
        "during": lines("""
            署名しました。早く自由になりますように。
            真実を伝えることは罪ではありません。
            着ている綿のシャツがどこから来たのか、初めて考えました。
            手芸店で働いています。産地を聞くお客様が増えるといいなと思います。
            三年は長すぎます。
            日本からも応援しています。
        """),
        "release": lines("""
            釈放おめでとうございます！
            本当によかった。ゆっくり休んでください。
        """),
        "since": lines("今年も秋になると思い出します。お元気でありますように。"),
    },
)

CHINESE = Voice(
    "zh",
    ("TW", "SG", "HK", "MY"),
    {
        "during": lines("""
            已签名，也转发给朋友了。
            说真话不是罪。
            請釋放他，讓他回家。
            每天穿棉衣，卻從沒問過是誰採的棉花。
            三年，只因為寫下了看見的事。
            加油，你不是一个人。
        """),
        "release": lines("""
            终于自由了！
            太好了，祝他平安。
        """),
    },
)

KOREAN = Voice(
    "ko",
    ("KR", "US"),
    {
        "during": lines("""
            서명했습니다. 하루빨리 석방되기를 바랍니다.
            진실을 말하는 것은 죄가 아닙니다.
            제가 입는 옷의 면이 어디서 왔는지 처음으로 찾아봤어요.
        """),
        "release": lines("드디어 자유! 정말 다행이에요."),
    },
)

SWEDISH = Voice(
    "sv",
    ("SE", "FI"),
    {
        "during": lines("""
            Frihet för Gaspar!
            Skrivet under och delat.
            Att berätta är inget brott.
            Vår syförening har skrivit under, alla sjutton. Nu frågar vi efter bomullens ursprung överallt.
            Tre år för att ha sagt sanningen. Det är svårt att förstå.
            Håll ut, vi tänker på dig.
            Finns uppropet på svenska? Jag översätter gärna.
        """),
        "release": lines("""
            Äntligen fri!
            Vilken lättnad. Välkommen ut, Gaspar.
        """),
    },
)

DANISH = Voice(
    "da",
    ("DK",),
    {
        "during": lines("""
            Frihed til Gaspar!
            Skrevet under. Man skal ikke i fængsel for at fortælle sandheden.
            Jeg har spurgt min stofbutik, hvor bomulden kommer fra. De vidste det ikke, men nu vil de finde ud af det.
        """),
        "release": lines("Endelig fri! Tillykke fra os alle her."),
    },
)

NORWEGIAN = Voice(
    "nb",
    ("NO",),
    {
        "during": lines("""
            Slipp Gaspar fri!
            Signert. Takk for at dere ikke glemmer ham.
        """),
        "release": lines("Endelig! Så utrolig godt å lese."),
    },
)

FINNISH = Voice(
    "fi",
    ("FI",),
    {
        "during": lines("""
            Vapaus Gasparille!
            Allekirjoitettu. Totuuden kertominen ei ole rikos.
            Kolme vuotta on liian kauan.
        """),
        "release": lines("Vihdoinkin vapaa! Kaikkea hyvää hänelle."),
    },
)

GREEK = Voice(
    "el",
    ("GR", "CY"),
    {
        "during": lines("""
            Ελευθερία στον Γκασπάρ!
            Υπέγραψα. Η αλήθεια δεν είναι έγκλημα.
            Στο χωριό μου μαζεύαμε βαμβάκι όλοι μαζί, αλλά κανείς με το ζόρι.
            Κουράγιο, δεν είσαι μόνος.
        """),
        "release": lines("Επιτέλους ελεύθερος! Μεγάλη χαρά."),
    },
)

CZECH = Voice(
    "cs",
    ("CZ", "SK"),
    {
        "during": lines("""
            Svobodu pro Gaspara!
            Podepsáno. Za pravdu se do vězení nechodí.
            Můj táta seděl za opsané letáky. Podepisuju i za něj.
            Držte se a nevzdávejte to.
        """),
        "release": lines("Konečně venku! Hodně štěstí."),
    },
)

HUNGARIAN = Voice(
    "hu",
    ("HU",),
    {
        "during": lines("""
            Szabadságot Gasparnak!
            Aláírtam. Az igazságért nem jár börtön.
            Mostantól minden boltban megkérdezem, honnan jön a pamut.
        """),
        "release": lines("Végre szabad! Minden jót neki."),
    },
)

ROMANIAN = Voice(
    "ro",
    ("RO", "IT"),
    {
        "during": lines("""
            Libertate pentru Gaspar!
            Am semnat. Adevărul nu este o crimă.
            Bunica mea a muncit la câmp cu sila. Știu ce înseamnă.
            Trei ani pentru câteva pagini cinstite. Rușine.
        """),
        "release": lines("În sfârșit liber! Ce bucurie."),
    },
)

CROATIAN = Voice(
    "hr",
    ("HR", "RS", "SI"),
    {
        "during": lines("""
            Sloboda za Gaspara!
            Potpisano. Istina nije zločin.
            Tko nosi pamuk, neka pita tko ga je brao.
        """),
        "release": lines("Konačno slobodan! Sretno, Gaspare."),
    },
)

HEBREW = Voice(
    "he",
    ("IL",),
    {
        "during": lines("""
            חופש לגספר!
            חתמתי. לספר את האמת זה לא פשע.
        """),
        "release": lines("סוף סוף חופשי! איזו שמחה."),
    },
)

PERSIAN = Voice(
    "fa",
    ("SE", "DE", "CA"),
    {
        "during": lines("""
            گاسپار را آزاد کنید!
            امضا کردم. گفتن حقیقت جرم نیست.
            کاری که نتوانی رد کنی، کار نیست.
        """),
        "release": lines("بالاخره آزاد شد! چه خبر خوبی."),
    },
)

INDONESIAN = Voice(
    "id",
    ("ID", "MY"),
    {
        "during": lines("""
            Bebaskan Gaspar!
            Sudah tanda tangan. Mengatakan kebenaran bukan kejahatan.
            Saya penjahit, dan mulai sekarang saya akan bertanya dari mana kapasnya.
        """),
        "release": lines("Akhirnya bebas! Ikut senang."),
    },
)

SWAHILI = Voice(
    "sw",
    ("KE",),
    {
        "during": lines("""
            Uhuru kwa Gaspar!
            Kusema ukweli si kosa.
        """),
        "release": lines("Hatimaye yuko huru! Hongera."),
    },
)

VIETNAMESE = Voice(
    "vi",
    ("VN", "AU", "US"),
    {
        "during": lines("""
            Hãy trả tự do cho Gaspar!
            Nói sự thật không phải là tội.
        """),
        "release": lines("Cuối cùng anh ấy đã được tự do!"),
    },
)

CATALAN = Voice(
    "ca",
    ("ES",),
    {
        "during": lines("""
            Llibertat per a en Gaspar!
            Signat. Explicar la veritat no és cap delicte.
            La meva àvia treballava al tèxtil. Sempre preguntava d'on venia el cotó.
        """),
        "release": lines("Per fi lliure! Quina alegria."),
    },
)

BULGARIAN = Voice(
    "bg",
    ("BG",),
    {
        "during": lines("""
            Свобода за Гаспар!
            Подписах. Истината не е престъпление.
        """),
    },
)

WORLD_VOICES: tuple[Voice, ...] = (
    POLISH,
    RUSSIAN,
    UKRAINIAN,
    TURKISH,
    TURKMEN,
    ARABIC,
    HINDI,
    JAPANESE,
    CHINESE,
    KOREAN,
    SWEDISH,
    DANISH,
    NORWEGIAN,
    FINNISH,
    GREEK,
    CZECH,
    HUNGARIAN,
    ROMANIAN,
    CROATIAN,
    HEBREW,
    PERSIAN,
    INDONESIAN,
    SWAHILI,
    VIETNAMESE,
    CATALAN,
    BULGARIAN,
)
