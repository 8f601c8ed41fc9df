"""Given and family names by culture: the raw material of plausible, invented people."""

from typing import NamedTuple


class Culture(NamedTuple):
    given: tuple[str, ...]
    family: tuple[str, ...]


def _culture(given: str, family: str = "") -> Culture:
    """Names are set apart by spaces; an underscore stands for a space inside one."""
    return Culture(*(tuple(name.replace("_", " ") for name in names.split()) for names in (given, family)))


CULTURES: dict[str, Culture] = {
    "english": _culture(
        """Alice Amelia Andrew Anne Anthony Barbara Ben Beth Bridget Bryony Carol Caroline Catherine
        Charlotte Chloe Chris Claire Colin Daisy Daniel David Dawn Debbie Denise Diane Donna Dorothy
        Duncan Edith Eileen Eleanor Emily Emma Evelyn Fiona Frances Gail Gareth Gavin Geoff Gillian Grace
        Graham Hannah Harriet Heather Helen Hilary Holly Ian Imogen Irene Isla Jack Jane Janet Jean Jenny
        Jill Joan Joanna Joyce Judith Julie June Karen Kathleen Keith Kerry Lesley Linda Lorraine Louise
        Lucy Lynn Marian Marjorie Martin Maureen Megan Miriam Moira Natalie Neil Nicola Nigel Olive
        Oliver Pamela Patricia Paula Pauline Penny Philippa Rachel Rebecca Robin Ros Rosemary Ruth Sally
        Sam Sandra Sheila Shirley Sophie Stella Stephen Sue Susan Tamsin Tessa Toby Tracey Valerie Vera
        Veronica Wendy Yvonne Zoe Mary-Anne Sarah-Jane""",
        """Abbott Ainsworth Aldridge Appleby Ashcroft Atherton Barlow Barnett Beckford Bellamy Birchall
        Blackwood Bradshaw Braithwaite Brewster Bromley Buckley Burrows Calloway Carmody Cartwright
        Chadwick Clegg Cobb Colclough Coombes Cotterill Crabtree Cromwell Dalby Dewhurst Dobson Drake
        Dunning Eastwell Ellery Fairbairn Fairclough Fenwick Fielding Firth Foxley Garside Gibbons
        Goodall Greenhalgh Grimshaw Haddon Halliwell Hargreaves Haslam Heptonstall Hinchcliffe Holroyd
        Horsfall Hurst Ingham Jessop Kellaway Kemp Kershaw Langley Lister Lockwood Marsden Mather
        Metcalfe Midgley Nettleton Newsome Oakley Openshaw Pickles Pollard Prescott Quigley Ramsden
        Redfern Ridley Rowbotham Rushworth Sharples Shaw Skelton Stansfield Sutcliffe Sykes Tattersall
        Thackray Thornber Tillotson Unsworth Varley Wadsworth Walmsley Wardle Whitaker Widdop Wilcock
        Winterbottom Woodhead Yardley Hughes-Barton Lowe-Carter""",
    ),
    "american": _culture(
        """Abigail Addison Alyssa Amber Ashley Austin Brandon Brenda Brianna Brittany Cheryl Cindy Cody
        Courtney Crystal Darlene Deborah Destiny Dustin Erin Ethan Gina Gloria Heidi Jasmine Jeremy
        Jordan Kaitlyn Kayla Kelly Kimberly Kristen Kyle Latoya Lauren Logan Madison Marcus Melissa
        Michelle Misty Nancy Nathan Paige Peggy Phyllis Renee Rhonda Roberta Sabrina Savannah Shannon
        Sharon Sierra Stacy Summer Tammy Tanya Taylor Terri Tiffany Todd Travis Tyler Vanessa Whitney
        Mary-Beth Jo-Ann""",
        """Albrecht Amato Atwater Bachman Bancroft Beaumont Bledsoe Boyle Bradley Brubaker Callahan
        Castellano Chambers Coleman Crenshaw Dandridge Delgado Dixon Donnelly Eberhart Eckert Esposito
        Everett Finley Fitzgerald Fontaine Gallagher Garrison Goddard Haines Hathaway Hendricks Hollis
        Huffman Jarvis Kaufman Keller Kirkland Lafferty Lindquist Lombardi Mahoney Mayfield McAllister
        McBride McKinley Mercer Monahan Nordstrom Novak Ortega Pendleton Petersen Pruitt Rafferty
        Rasmussen Ridgeway Rosario Sandoval Schaefer Schroeder Stanton Steiner Sullivan Thibodeaux
        Tillman Underwood Vance Waverly Whitfield Yates Zielinski""",
    ),
    "irish": _culture(
        """Aisling Aoife Brendan Cathal Ciara Deirdre Eamon Fergal Gráinne Máire Niamh Orla Pádraig Róisín
        Siobhán""",
        """Breslin Brosnan Coughlan Devaney Fallon Flaherty Geraghty Hanlon Kinsella Mulcahy O'Dwyer
        O'Reilly Tierney""",
    ),
    "welsh": _culture(
        "Carys Dylan Eirwen Ffion Gethin Gwen Ieuan Llinos Rhys Sioned",
        "Bevan Bowen Griffiths Powell Pritchard",
    ),
    "german": _culture(
        """Anja Annette Bärbel Benedikt Birgit Christa Christoph Dagmar Dieter Elke Florian Franziska
        Friedrich Gabriele Gerd Gisela Greta Hannelore Heike Heinz Hildegard Ilse Ingrid Jens Johanna
        Jörg Jürgen Jutta Katharina Katja Konstantin Lena Leonie Lieselotte Lukas Manfred Marlene
        Matthias Monika Nadine Renate Rüdiger Sabine Silke Stefanie Susanne Svenja Tobias Ulrike Ursula
        Uwe Wiebke Anna-Lena Karl-Heinz Hans-Peter Eva-Maria""",
        """Achterberg Ackermann Baumgartner Behrens Bergmann Böttcher Brandstätter Dietrich Eberle
        Engelhardt Fiedler Friedrichs Gerlach Grünwald Haberland Hagedorn Heinrichs Hofstetter Huber
        Jansen Kaltenbach Kirchner Kleinschmidt Köhler Kröger Lehmann Lindner Lorenz Mertens Moosbrugger
        Neumann Oberhofer Ostermann Petersen Pfeiffer Reinhardt Richter Rosenthal Sauer Schäfer Schönfeld
        Seidel Sommer Steinbach Thalmann Ullrich Vogt Wagenknechter Weidmann Wiesinger Winkler Zimmermann
        Müller-Lang""",
    ),
    "french": _culture(
        """Adèle Agnès Amandine Aurélie Baptiste Béatrice Bénédicte Bernadette Camille Cécile Céline
        Christelle Clémence Corinne Delphine Édith Élodie Émilie Étienne Fabienne Florence Françoise
        Geneviève Ghislaine Guillaume Hélène Inès Isabelle Jacqueline Joël Laurence Léa Loïc Lucie Maëlle
        Margaux Mathilde Maxime Monique Mireille Nadège Noémie Odile Pascal Quentin Raphaël Rémi Sandrine
        Solène Sylvie Thérèse Thibault Valérie Véronique Yannick Yves Marie-Claude Jean-Luc Anne-Sophie""",
        """Allard Archambault Aubert Barbier Beaulieu Bélanger Berthelot Blanchard Bonnet Boucher Bourgeois
        Carpentier Chevalier Collet Coulombe Daigle Delacroix Delorme Desjardins Dufour Dumas Fabre
        Faucher Fournier Gagnon Gauthier Girard Guérin Hamel Joly Lachance Lacroix Lamoureux Leclerc
        Lefebvre Lemaire Marchand Mercier Meunier Morvan Nadeau Olivier Paquette Pelletier Perrin Picard
        Poirier Renaud Rivière Roussel Tessier Thibodeau Vasseur Vidal""",
    ),
    "spanish": _culture(
        """Adriana Agustina Alejandra Alicia Álvaro Amparo Ana Beatriz Belén Carmen Catalina César
        Concepción Consuelo Cristina Daniela Dolores Elena Enrique Esperanza Estela Fátima Fernanda
        Florencia Francisca Gabriela Gonzalo Graciela Guadalupe Ignacio Inés Íñigo Irene Jimena Joaquín
        Lidia Lourdes Lucía Magdalena Manuela María Marisol Mercedes Milagros Montserrat Nieves Núria
        Pablo Paloma Pilar Raquel Rocío Rosario Sergio Silvia Soledad Teresa Verónica Ximena Yolanda
        María-José Juan-Manuel""",
        """Acosta Aguirre Alarcón Alcántara Arce Arroyo Ayala Barrios Benítez Bermúdez Bravo Cabrera Calvo
        Campos Cárdenas Carrasco Cisneros Cortés Cuesta Domínguez Durán Escobedo Espinoza Fuentes
        Gallardo Garrido Guzmán Herrero Hidalgo Ibáñez Jurado Lagos Lozano Luque Manzano Medina Molina
        Montero Mora Navarro Nieto Ochoa Olmedo Ortiz Pacheco Paredes Peralta Quiroga Rivas Robledo
        Salazar Santana Sepúlveda Solís Toledo Urrutia Valdés Vega Zamora Zúñiga""",
    ),
    "italian": _culture(
        """Agnese Alessia Anna-Maria Antonella Beatrice Chiara Cinzia Claudia Daniele Davide Donatella Elisa
        Enrica Federica Filippo Francesca Gaia Giacomo Gianluca Giorgia Giulia Giuseppina Ilaria Irene
        Letizia Loredana Lorenzo Luca Margherita Marta Matteo Michela Nicoletta Ornella Patrizia Pietro
        Raffaella Rosanna Sara Serena Simona Stefania Tommaso Valentina Vittoria""",
        """Amoroso Barbieri Basile Bellini Benedetti Bernardi Bianchi Brambilla Caruso Castelli Colombo
        Conti D'Angelo De_Luca Fabbri Ferrara Fontana Galli Gentile Giordano Grassi Leone Lombardo
        Mancini Marchetti Marini Martinelli Milani Monti Morelli Negri Orlando Palumbo Parisi Pellegrini
        Ricci Rinaldi Romano Sala Santoro Serra Silvestri Testa Valentini Villa Vitale""",
    ),
    "portuguese": _culture(
        """Adriano Alzira Bruna Caetana Carla Conceição Débora Eduarda Fábio Filipa Flávia Graça Heloísa
        Inês Isadora João Joana Júlia Larissa Leonor Luís Luísa Marília Marisa Matilde Mônica Nuno Otávio
        Patrícia Priscila Rafaela Renata Rodrigo Rosângela Rui Simone Sofia Tânia Thiago Vera_Lúcia Vítor""",
        """Abreu Almeida Amorim Antunes Araújo Azevedo Barbosa Batista Brandão Brito Cardoso Carvalho Coelho
        Correia Couto Duarte Esteves Faria Figueira Fonseca Freitas Leite Lopes Magalhães Marques Matos
        Meireles Mendonça Moreira Nogueira Oliveira Pinheiro Queirós Ramalho Ribeiro Sequeira Tavares
        Teixeira Vasconcelos Vieira""",
    ),
    "dutch": _culture(
        """Anneke Bram Carolien Daan Dirk Elsbeth Femke Geertje Hanneke Hendrik Ineke Jacoba Jeroen Joke
        Joost Lieke Loes Maaike Marijke Marloes Mieke Pieter Ria Roos Sanne Saskia Sjoerd Thijs Tineke
        Truus Willemijn Wouter""",
        """Bakker Bosman De_Groot De_Wit Dijkstra Hoekstra Jonker Kooistra Kuipers Meijer Mulder Postma
        Schouten Smeets Terpstra Van_Beek Van_den_Berg Van_der_Meer Van_Dongen Van_Leeuwen Verbeek
        Vermeulen Visser Wiersma""",
    ),
    "nordic": _culture(
        """Agneta Anders Annika Arne Astrid Bente Birgitta Bodil Egil Elin Eskil Freja Guðrún Gunilla Håkan
        Hanne Inga Ingeborg Jónas Karin Kirsten Lars Liv Maja Märta Mette Nils Pernille Ragnhild Sif
        Sigrid Søren Solveig Sunniva Svein Åse Øyvind""",
        """Ahlgren Andreassen Bakken Bergström Berntsen Dahlgren Eklund Engström Fredriksen Hagen Haugen
        Hedlund Holmgren Isaksen Kjeldsen Lindgård Lundqvist Møller Nygård Nyström Öberg Ravn Rønning
        Sandvik Sjöberg Skoglund Solberg-Lie Strand Sørensen Thorsen Vestergaard Wikström Ødegaard""",
    ),
    "finnish": _culture(
        """Aino Anneli Eero Eeva Heikki Helmi Ilona Jukka Kaisa Kirsi Marja-Leena Mikko Outi Päivi Pirkko
        Riitta Tuula""",
        """Aaltonen Hakala Heikkinen Järvinen Kallio Karjalainen Koskinen Laitinen Mäkelä Nieminen Ojala
        Rantanen Salo""",
    ),
    "polish": _culture(
        """Agnieszka Barbara Bartosz Bogumiła Danuta Dorota Elżbieta Grażyna Halina Iwona Jadwiga Jolanta
        Kamil Katarzyna Krzysztof Łukasz Magdalena Małgorzata Paweł Przemysław Stanisława Tomasz Urszula
        Wojciech Zofia""",
        """Adamczyk Bartnik Chmiel Cieślak Gajda Głowacz Jabłonka Kaczmarek Kołodziej Kubiak Maj Malinka
        Mazurek Olszak Pawlak Pietrzak Sobczak Stępień Szczepaniak Szulc Urbaniak Walczak Wróbel Zając
        Żak""",
    ),
    "czech": _culture(
        """Alžběta Blanka Dagmara Eliška Hana Ivana Jitka Květa Ľubica Lenka Michaela Radka Šárka Věra
        Zdeňka Zuzana""",
        """Bartošová Benešová Čermáková Dostálová Fialová Hájková Horáková Jelínková Kolářová Marková
        Němcová Pospíšilová Růžičková Šimková Vaňková""",
    ),
    "hungarian": _culture(
        """Ágnes Balázs Csilla Dorottya Emese Erzsébet Gergő Ildikó Katalin Márta Piroska Réka Tünde Zoltán
        Zsófia""",
        """Bíró Csonka Fodor Gulyás Halász Juhász Kerekes Lakatos Mészáros Pintér Sípos Somogyi Szűcs Takács
        Vörös""",
    ),
    "romanian": _culture(
        """Adina Alina Bogdan Corina Crina Dorin Florin Gheorghe Ilinca Ioana Liviu Mădălina Mihaela Raluca
        Ștefan Viorica""",
        """Albu Bălan Ciobanu Cojocaru Dobre Dumitrescu Enache Lupu Manole Moldovan Neagu Oprea Popa Sârbu
        Tudose Vlad""",
    ),
    "greek": _culture(
        """Αγγελική Αθηνά Βασιλική Γεωργία Δέσποινα Ελένη Ζωή Κατερίνα Μαρία Νίκη Παναγιώτα Σοφία Στέλλα
        Χριστίνα""",
        """Αγγελοπούλου Βλάχου Γεωργίου Δημητρίου Ζαφείρη Κανελλοπούλου Λάμπρου Μακρή Νικολαΐδου Οικονόμου
        Σταύρου""",
    ),
    "balkan": _culture(
        """Ana_Marija Biljana Boris Dragana Dunja Emina Goran Ivana Jasna Ljiljana Maja Mirjana Nada Slavica
        Vesna Željko""",
        """Babić Blažević Đurić Grgić Ilić Jurić Kovačić Lukić Marić Pavlović Petrović Radić Savić Šarić
        Tomić Vuković""",
    ),
    "bulgarian": _culture(
        "Ваня Гергана Десислава Емилия Жана Йорданка Калина Лиляна Милена Невена Радост Силвия Цветелина",
        "Ангелова Василева Димитрова Златева Илиева Колева Маринова Нинова Пенчева Русева Стоилова Тодорова",
    ),
    "russian": _culture(
        """Алёна Анастасия Валентина Варвара Галина Даша Евгения Екатерина Зинаида Ксения Лариса Людмила
        Маргарита Надежда Оксана Раиса Светлана Тамара Татьяна Элина Юлия""",
        """Беляева Воронина Голубева Ефимова Зайцева Калинина Крылова Ларина Мельникова Панова Сазонова
        Тихонова Шилова Щукина Яковлева""",
    ),
    "russian_men": _culture(
        "Андрей Илья Кирилл Леонид Павел Семён Фёдор",
        "Виноградов Григорьев Жданов Ковалёв Никитин Родионов Фомин",
    ),
    "ukrainian": _culture(
        """Богдана Василь Ганна Дарина Іванна Катерина Леся Мар'яна Мирослава Назар Оксана Олена Остап
        Соломія Тарас Юрій""",
        """Бондар Вовк Гнатюк Дяченко Забіла Кравець Литвин Мельник Олійник Панченко Савчук Ткач Чумак
        Яременко""",
    ),
    "georgian": _culture(
        "ანა გიორგი ეკა თამარი ლევანი მარიამი ნინო ქეთევანი", "ბერიძე გელაშვილი კაპანაძე ლომიძე მაისურაძე"
    ),
    "armenian": _culture(
        "Անահիտ Արամ Գայանե Լիլիթ Մարիամ Նարե Սոնա Տիգրան", "Գրիգորյան Հակոբյան Մելքոնյան Պողոսյան Սարգսեան"
    ),
    "central_asian": _culture(
        "Айгуль Асель Гульнара Жанна Камила Мадина Сауле Гульмира Umida Dilnoza Oýnagül Maral Jeren",
        """Абдрахманова Ахметова Байжанова Ермекова Жумабаева Касымова Оспанова Сулейменова Yo'ldosheva
        Karimova Ataýewa""",
    ),
    "turkish": _culture(
        """Ayşe Aylin Barış Burcu Canan Deniz Ebru Elif Emre Esra Fatma Gizem Gülşen Hatice Hülya İpek Kerem
        Leyla Melike Meryem Nazlı Onur Özge Pınar Seda Selin Şule Tuğba Ufuk Yasemin Zeynep""",
        """Acar Aksoy Aydın Bozkurt Bulut Çelik Çetin Doğan Durmaz Ergin Güneş Kaplan Karaca Kılıç Koçak
        Korkmaz Özkan Polat Şahin Tekin Toprak Uysal Yalçın Yavuz Yıldız""",
    ),
    "arabic": _culture(
        """أمينة إيمان بشرى جميلة حنان خالد رانيا ريم زينب سلمى سمير شيماء عائشة فاطمة كريم ليلى مريم منى
        نادية هدى ياسمين يوسف""",
        """البكري التميمي الجبوري الحداد الخطيب الدوسري الزهراني الشامي الصباغ العلي الغامدي القاضي المصري
        النجار بن_صالح حمدان""",
    ),
    "arabic_latin": _culture(
        """Abdelkader Amal Amira Dalia Fadwa Farid Ghada Hala Ibtissam Khadija Lamia Malika Mounir Nadia
        Rachida Samira Yasmina""",
        """Aït_Ali Belkacem Ben_Amor Boukhari Chaoui El_Idrissi Haddad Khoury Mansouri Najjar Saadi Tazi
        Zeroual Zidani""",
    ),
    "persian": _culture(
        "آرزو بهار پریسا داریوش رویا زهرا ژاله سارا شیرین فرهاد کیان لاله مهسا نسرین Golnaz Parisa Siavash",
        "احمدزاده امینی بهرامی پارسا جعفری راد رستمی صادقی فرهمند کاظمی نوری یزدانی Farahani Moradi",
    ),
    "hebrew": _culture("איתן ורד יעל מיכל נועה עדי רונית שירה תמר", "אברהמי ברק גולן דגן כהן לוי מזרחי פרץ שגב"),
    "hindi": _culture(
        """अंजलि अनीता अमित आरती कविता गीता दीपा नीलम पूजा प्रिया मीना राकेश राधा रेखा विजय शालिनी सुनीता
        सुरेश""",
        "अग्रवाल गुप्ता चौधरी जोशी तिवारी त्रिपाठी दुबे पांडेय भट्ट मिश्रा यादव वर्मा शर्मा सक्सेना सिंह",
    ),
    "indian": _culture(
        """Aarti Anil Anjali Aparna Ashok Bhavna Deepak Geeta Harpreet Ishaan Jaya Kavita Kiran Lakshmi
        Leela Manisha Meera Mohan Nandini Neha Nikhil Padma Pooja Prakash Radhika Rajesh Rekha Rohini
        Sangeeta Shanti Sunil Swati Uma Usha Vandana Vinod""",
        """Acharya Banerjee Bhattacharya Chandran Chatterjee Deshpande D'Souza Fernandes Ghosh Gokhale
        Iyengar Iyer Jain Kulkarni Mehta Menon Mukherjee Nair Pai Pillai Rao Reddy Sahu Sengupta Shetty
        Srinivasan Thakur Varghese""",
    ),
    "tamil_one_word": _culture(
        "Arunachalam Kalaivani Kanimozhi Murugesan Selvi Sivakumar Tamilarasi Thenmozhi Vijayalakshmi"
    ),
    "bengali": _culture("অর্পিতা আয়েশা ইমরান নাসরিন ফারহানা মিতা রুমানা শর্মিলা সুমন", "আহমেদ চক্রবর্তী দাস মণ্ডল রায় সরকার হোসেন"),
    "pakistani": _culture(
        """Adeel Aisha Amina Bilal Farah Fozia Hina Kashif Maryam Nasreen Rabia Saima Shazia Sidra Tahira
        Usman Zainab""",
        """Abbasi Akhtar Ansari Awan Baig Butt Chaudhry Dar Ghani Javed Malik Mirza Naqvi Qureshi Rafiq
        Siddiqui""",
    ),
    "nepali": _culture(
        "Bimala Gita Ishwor Laxmi Prabin Sabita Sarita Sunita",
        "Adhikari Basnet Gurung Karki Rai Shrestha Tamang",
    ),
    "sinhala": _culture(
        "Chamari Dilini Kumari Nadeesha Nimal Sanduni", "Dissanayake Herath Jayawardena Perera Wickramasinghe"
    ),
    "japanese": _culture(
        """愛子 明美 恵 和子 健太 幸子 さくら 静香 純子 翔 大輔 千尋 直美 春香 久美子 真由美 美咲 優子 陽子
        由美 亮""",
        """青木 石田 井上 上野 岡本 小川 加藤 木村 小林 斎藤 坂本 佐々木 清水 高橋 田村 中島 西村 橋本 藤井
        松本 三浦 森田""",
    ),
    "chinese": _culture(
        "晓燕 建华 丽娟 志强 雅婷 春梅 海涛 淑芬 思远 文静 小红 欣怡 雪梅 怡君 玉兰 子涵 家豪 慧敏",
        "陈 程 邓 范 冯 龚 郭 何 胡 江 赖 梁 廖 林 罗 吕 潘 钱 沈 孙 谭 汪 吴 谢 徐 许 杨 叶 张 郑 周",
    ),
    "pinyin": _culture(
        """Aiping Bowen Chunhua Dandan Fang Hui Jiaying Lanfen Mei Ming Ping Qiuyue Shan Wai-Ling Wei Xiaoli
        Ying-Tai Yun Zhen""",
        """Chan Cheung Chow Deng Fang Guo He Huang Kwok Lam Leung Liang Lin Luo Ng Pan Qian Shen Tsang Wong
        Wu Xu Yip Zheng""",
    ),
    "korean": _culture(
        "가영 미경 민지 상희 서연 수진 영미 은주 정숙 지훈 하늘 현우 혜진",
        "강 고 권 김 남 노 민 박 배 서 송 신 안 양 오 유 윤 임 장 정 최 한 홍",
    ),
    "vietnamese": _culture(
        """Ánh Bích Chi Dung Hạnh Hoa Hương Khánh Lan Linh Mai Ngọc Nhung Phương Quỳnh Thảo Thu_Hà Trang
        Tuấn Xuân Yến""",
        "Bùi Cao Đặng Đinh Đỗ Dương Hồ Huỳnh Lê Lý Ngô Nguyễn Phạm Phan Tạ Trần Trịnh Võ Vũ",
    ),
    "thai": _culture(
        "กนกวรรณ จันทร์เพ็ญ ณัฐพล นภา ปราณี พิมพ์ใจ มาลี วิภา ศิริพร สมชาย สุดา",
        "แก้วมณี จันทร์ดี ใจงาม ทองสุข บุญมา พรหมดี ศรีสุข",
    ),
    "indonesian": _culture(
        "Agus Ayu Budi Dewi Endang Fitri Indah Kartika Lestari Nurul Putri Rahayu Rina Sari Sri Wahyu Yanti",
        "Gunawan Halim Hartono Kusuma Pratama Santoso Saputra Setiawan Siregar Susanto Utami Wibowo Wijaya",
    ),
    "indonesian_one_word": _culture(
        "Kasmiati Ngatini Ponirah Slamet Suharti Sukarni Sulastri Sumiyati Supriyadi Suyatno Waginah"
    ),
    "burmese_one_word": _culture("Aye Hnin Khaing Myint Ohnmar Phyu Sandar Thandar Yadanar"),
    "malay": _culture(
        "Aishah Azlan Faridah Hafiz Nor_Azizah Rosmah_Ain Siti_Hajar Zaleha",
        "Abdullah Ismail Mansor Osman Rahim Yusof",
    ),
    "filipino": _culture(
        "Analyn Divina Gemma Jerome Jocelyn Liezl Ligaya Maricel Marites Mylene Rowena Rodel",
        "Bautista Castillo Dela_Cruz Dimaculangan Evangelista Lacson Macaraeg Panganiban Salonga Tolentino",
    ),
    "nigerian": _culture(
        """Adaeze Adebola Aminat Bolanle Chiamaka Chinedu Emeka Folake Funmilayo Ifeoma Kehinde Ngozi Nkechi
        Obinna Temitope Yetunde""",
        """Abiodun Adeleke Afolabi Balogun Chukwu Eze Ezeani Nnadi Nwosu Ogunleye Okafor Okoro Olawale
        Onyeka Oyelaran Umeh""",
    ),
    "ghanaian": _culture(
        "Abena Adwoa Akosua Ama Efua Esi Kofi Kwabena Kwame Yaa",
        "Acheampong Adjei Agyeman Amponsah Asante Boateng Mensah",
    ),
    "kenyan": _culture(
        """Achieng Akinyi Atieno Chebet Kamau Makena Muthoni Njeri Nyambura Wairimu Wambui Wanjiku Wafula
        Zawadi Neema""",
        """Cheruiyot Gitau Karanja Kimani Kiprono Maina Mbugua Mutua Mwangi Njoroge Nyaga Odhiambo Otieno
        Wekesa""",
    ),
    "ethiopian": _culture(
        "ሀና ማርታ ሰላም በቀለ ትዕግስት አስቴር Almaz Hirut Selamawit Tigist", "ተስፋዬ ወልዴ Bekele Desta Girma Tadesse Worku"
    ),
    "southern_african": _culture(
        """Ayanda Bongani Lerato Lindiwe Nomvula Nonhlanhla Precious Rutendo Sipho Tariro Tendai Thabo
        Thandeka Zanele Annelize Hettie""",
        """Botha Dlamini Dube Du_Plessis Khumalo Mabaso Mahlangu Moyo Ncube Ndlovu Nkosi Pretorius Sibanda
        Sithole Van_Wyk Zulu""",
    ),
    "baltic": _culture(
        "Dace Eglė Ilze Inga Kadri Kristiina Laima Līga Rasa Sandra Tiiu",
        "Bērziņa Kalniņa Kask Liepa Ozola Rebane Tamm",
    ),
    "albanian": _culture(
        "Arta Besa Blerim Drita Elira Flutura Valbona", "Berisha Dervishi Gashi Hoxhaj Krasniqi Leka Shala"
    ),
}

# Well-known people, some of whom the lists above could put together: an invented name must not be theirs.
PUBLIC_FIGURES = frozenset(
    " ".join(name.split()).casefold()
    for name in """
        Gaspar Matalaev, Angela Merkel, Olaf Scholz, Friedrich Merz, Emmanuel Macron, Giorgia Meloni, Matteo
        Renzi, Keir Starmer, Boris Johnson, David Cameron, Theresa May, Nicola Sturgeon, Oliver Cromwell,
        Joe Biden, Donald Trump, Michelle Obama, Barack Obama, Nancy Pelosi, Justin Trudeau, Mark Carney,
        Anthony Albanese, Jacinda Ardern, Helen Clark, Mark Rutte, Dick Schoof, Pedro Sánchez, Mette
        Frederiksen, Lars Løkke Rasmussen, Sanna Marin, Donald Tusk, Andrzej Duda, Zuzana Čaputová, Viktor
        Orbán, Katalin Novák, Klaus Iohannis, Volodymyr Zelenskyy, Владимир Путин, Тарас Шевченко, Recep
        Tayyip Erdoğan, Narendra Modi, Xi Jinping, 习 近平, Lai Ching-te, 윤 석열, Luiz Inácio Lula da
        Silva, Dilma Rousseff, Javier Milei, Gustavo Petro, Gabriel Boric, Claudia Sheinbaum, Luís
        Montenegro, António Guterres, Ursula von der Leyen, Cyril Ramaphosa, William Ruto, Bola Tinubu, Kofi
        Annan, Gurbanguly Berdimuhamedow, Serdar Berdimuhamedow, Saparmyrat Nyýazow, Shavkat Mirziyoyev,
        Kassym-Jomart Tokayev, Fiona Shaw, Helen Skelton, Jane Goodall, Jens Lehmann, Federica Pellegrini,
        Lorenzo Bernardi, Carmen Calvo, Irene Montero, Joaquín Cortés, Daniela Vega, João Almeida, Rui
        Tavares, Sunil Shetty, Kiran Rao, Kiran Reddy, Anil Menon, Usha Mehta, Nandini Reddy, Geeta Iyengar,
        रेखा गुप्ता, पूजा भट्ट, अमित मिश्रा, राकेश शर्मा, Shazia Mirza, Kashif Abbasi, Rabia Butt, Adeel
        Akhtar, Leyla Şahin, Emre Aydın, Fatma Şahin, Ebru Şahin, Melike Şahin, Mary Robinson, Mary
        McAleese, Emily Thornberry, Marcus Garvey, Gloria Steinem, Jane Fonda, Anne Hathaway, Colin Firth, Anne Lister,
        Martin Kemp, Helen Fielding, Emma Fielding, Martin Shaw, Diane Abbott, Ben Bradshaw, David Bellamy,
        Sue Pollard, Chris Woodhead, Anthony Barnett, Mireille Dumas, Ingrid Bergmann, Lorenzo Fontana, Matteo
        Ricci, Cristina Pacheco, Lourdes Ortiz, Lindiwe Zulu, Lindiwe Sibanda, Bongani Khumalo, 大輔 高橋, 幸子 小林,
        亮 田村
    """.split(",")
)
