"""Where supporters come from: shares by country, and the cultures their names are drawn from."""

# Parts, long-tailed: the last ones stay under any k-anonymity floor, so that folding has work to do.
WORLD: tuple[tuple[str, int], ...] = tuple(
    (pair.split(":")[0], int(pair.split(":")[1]))
    for pair in """GB:21400 US:18900 DE:8300 FR:6700 CA:5900 AU:5600 IT:4900 ES:4300 NL:3100 IE:1750 BE:1500 IN:1450
    NZ:1400 CH:1250 BR:1200 AT:1080 SE:1010 MX:900 PT:850 ZA:770 PL:700 DK:560 AR:520 GR:450 FI:430
    NO:420 TR:400 RO:320 RU:310 CO:300 JP:280 CL:270 PH:260 CZ:230 MY:220 NG:210 KE:205 HU:200 SG:190
    HR:160 HK:155 LU:150 UA:150 IL:140 PK:135 BG:130 ID:125 PE:120 AE:115 EG:110 MA:105 UY:100 RS:95
    SK:90 SI:85 LT:80 TW:75 EC:70 KR:65 CR:62 CY:60 MT:55 LV:52 EE:50 TH:48 VN:46 LB:44 TN:42 GH:40 BD:38
    LK:36 IS:34 KZ:32 NP:30 JM:28 TT:26 UG:24 ZW:22 JO:20 DZ:18 CN:16 VE:15 BO:14 PY:13 GT:12 DO:11 PA:10
    PR:10 MU:9 ET:9 TZ:8 GE:8 AM:7 BA:7 AL:6 MK:6 KG:5 MD:5 KH:4 RW:4 SN:3 QA:3 KW:3 BW:2 NA:2 FJ:2 UZ:2
    MM:2 SV:2 HN:1 NI:1 BH:1""".split()
)

COAST: tuple[tuple[str, int], ...] = (
    ("GB", 520),
    ("IE", 210),
    ("NL", 90),
    ("US", 70),
    ("DE", 50),
    ("FR", 40),
    ("PT", 20),
)
VALLEY: tuple[tuple[str, int], ...] = (("GB", 940), ("IE", 25), ("US", 15), ("AU", 12), ("NZ", 8))

# A culture named several times is that much likelier.
_NAMES = """GB:english*11,irish,welsh,indian,pakistani,arabic_latin,polish,nigerian
US:american*8,english*3,spanish*2,irish,indian DE:german*10,turkish,polish,russian
FR:french*9,arabic_latin,portuguese CA:american*3,english*3,french*3,indian,pinyin
AU:english*7,american*2,irish,greek,pinyin,vietnamese IT:italian*12,romanian,albanian
ES:spanish*14,romanian NL:dutch*10,turkish,arabic_latin IE:irish*6,english*2,polish
BE:dutch*5,french*4,arabic_latin IN:indian*6,hindi*3,tamil_one_word NZ:english*8,irish,malay
CH:german*6,french*3,italian BR:portuguese*10,italian,japanese AT:german*10,balkan,turkish
SE:nordic*9,persian,finnish MX:spanish PT:portuguese ZA:southern_african*3,english*3,indian PL:polish
DK:nordic AR:spanish*5,italian GR:greek FI:finnish*5,nordic NO:nordic TR:turkish RO:romanian*5,hungarian
RU:russian*3,russian_men CO:spanish JP:japanese CL:spanish PH:filipino CZ:czech MY:malay,pinyin,indian
NG:nigerian KE:kenyan HU:hungarian SG:pinyin*3,indian,malay HR:balkan HK:pinyin*2,chinese
LU:french,german,portuguese UA:ukrainian*4,russian IL:hebrew*4,russian,arabic PK:pakistani BG:bulgarian
ID:indonesian*3,indonesian_one_word*2 PE:spanish AE:arabic,indian,filipino,pakistani EG:arabic
MA:arabic*2,arabic_latin*2 UY:spanish RS:balkan SK:czech SI:balkan LT:baltic TW:chinese EC:spanish
KR:korean CR:spanish CY:greek*3,turkish MT:english,italian LV:baltic*3,russian EE:baltic*3,russian
TH:thai VN:vietnamese LB:arabic*2,arabic_latin TN:arabic,arabic_latin GH:ghanaian BD:bengali
LK:sinhala*2,tamil_one_word IS:nordic KZ:central_asian NP:nepali JM:english TT:english,indian UG:kenyan
ZW:southern_african JO:arabic DZ:arabic,arabic_latin CN:chinese VE:spanish BO:spanish PY:spanish
GT:spanish DO:spanish PA:spanish PR:spanish MU:indian,french ET:ethiopian TZ:kenyan GE:georgian
AM:armenian BA:balkan AL:albanian MK:albanian,bulgarian KG:central_asian MD:romanian KH:vietnamese
RW:kenyan SN:arabic_latin QA:arabic KW:arabic BW:southern_african NA:southern_african,german FJ:indian
UZ:central_asian MM:burmese_one_word SV:spanish HN:spanish NI:spanish BH:arabic"""


def _repeated(names: str) -> tuple[str, ...]:
    parts = (name.partition("*") for name in names.split(","))
    return tuple(name for name, _, times in parts for _ in range(int(times or 1)))


CULTURES_OF: dict[str, tuple[str, ...]] = {pair[:2]: _repeated(pair[3:]) for pair in _NAMES.split()}
