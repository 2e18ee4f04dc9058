"""
Tariffs and questions to begin with, in three languages.

They are written once, into tables that are still empty; from then on they belong to whoever edits them in the admin.
"""

from django.db import migrations

# Code; month, year (tenge); products, stores, people besides the owner, trial days; recommended; name, description,
# features. Each tariff is the whole product: they differ in size alone.
TARIFFS = [
    (
        "free",
        (0, 0),
        (10, 1, 0, 0),
        False,
        {"ru": "Бесплатный", "kk": "Тегін", "en": "Free"},
        {
            "ru": "Чтобы увидеть всё на своих товарах.",
            "kk": "Бәрін өз тауарларыңызда көру үшін.",
            "en": "To see all of it on goods of your own.",
        },
        {"ru": "Без срока и без карты", "kk": "Мерзімсіз әрі картасыз", "en": "No time limit, no card"},
    ),
    (
        "solo",
        (9_900, 99_000),
        (300, 1, 1, 14),
        False,
        {"ru": "Старт", "kk": "Бастау", "en": "Start"},
        {
            "ru": "Один магазин и его ходовые товары.",
            "kk": "Бір дүкен және оның өтімді тауарлары.",
            "en": "One store, and its goods that sell.",
        },
        {},
    ),
    (
        "shop",
        (19_900, 199_000),
        (2_000, 2, 4, 14),
        True,
        {"ru": "Магазин", "kk": "Дүкен", "en": "Shop"},
        {
            "ru": "Для команды: склад, менеджер, бухгалтер.",
            "kk": "Командаға: қойма, менеджер, бухгалтер.",
            "en": "For a team: warehouse, manager, accountant.",
        },
        {},
    ),
    (
        "chain",
        (39_900, 399_000),
        (20_000, 10, 20, 14),
        False,
        {"ru": "Сеть", "kk": "Желі", "en": "Chain"},
        {
            "ru": "Несколько магазинов и большой ассортимент.",
            "kk": "Бірнеше дүкен және үлкен ассортимент.",
            "en": "Several stores and a large range.",
        },
        {},
    ),
]

QUESTIONS = [
    {
        "ru": (
            "Может ли цена уйти ниже моей минимальной?",
            "Нет. Границы проверяют независимо друг от друга расчёт, шлюз, проверка готового прайс-листа и сама база данных. Без минимальной и максимальной цены товар вообще не меняется автоматически, а всё подозрительное ждёт вашего решения.",
        ),
        "kk": (
            "Баға мен қойған ең төмен бағадан түсіп кетуі мүмкін бе?",
            "Жоқ. Шекараны есептеу, шлюз, дайын прайс-парақты тексеру және дерекқордың өзі бір-бірінен тәуелсіз тексереді. Ең төмен және ең жоғары бағасы жоқ тауардың бағасы автоматты түрде өзгермейді, ал күмәндінің бәрі сіздің шешіміңізді күтеді.",
        ),
        "en": (
            "Can a price fall below my floor?",
            "No. The limits are checked four times, independently: by the calculation, by the gateway, by the checker of the finished price list and by the database itself. Without both a floor and a ceiling a product is not moved at all, and whatever looks wrong waits for you.",
        ),
    },
    {
        "ru": (
            "Нужен ли пароль от кабинета продавца?",
            "Нет. Kaspi.kz сам забирает прайс-лист по секретному адресу, а цены конкурентов видны всем. Пароль от кабинета остаётся у вас, и мы его никогда не спрашиваем.",
        ),
        "kk": (
            "Сатушы кабинетінің құпиясөзі керек пе?",
            "Жоқ. Kaspi.kz прайс-парақты құпия мекенжайдан өзі алады, ал бәсекелестердің бағасы бәріне көрінеді. Кабинеттің құпиясөзі сізде қалады, біз оны ешқашан сұрамаймыз.",
        ),
        "en": (
            "Do you need the password to my seller's cabinet?",
            "No. Kaspi.kz fetches the price list from a secret address by itself, and rivals' prices are public. The password stays with you, and we never ask for it.",
        ),
    },
    {
        "ru": (
            "Как быстро меняется цена?",
            "Решение принимается через секунды после того, как замечена цена конкурента. Но витрину обновляет маркетплейс: он забирает прайс-лист примерно раз в час. Поэтому мы чаще смотрим туда, где цены двигаются, и перед ожидаемой загрузкой.",
        ),
        "kk": (
            "Баға қаншалықты тез өзгереді?",
            "Бәсекелестің бағасы байқалғаннан кейін шешім бірнеше секундта қабылданады. Бірақ витринаны маркетплейс жаңартады: прайс-парақты шамамен сағатына бір рет алады. Сондықтан баға жиі қозғалатын жерге және күтілген жүктеу алдында жиірек қараймыз.",
        ),
        "en": (
            "How fast does a price change?",
            "The decision takes seconds once a rival's price has been noticed. But the storefront belongs to the marketplace, which fetches the price list about once an hour. So we look more often where prices move, and just before the expected fetch.",
        ),
    },
    {
        "ru": (
            "А если конкурент ошибся и поставил 1 тенге?",
            "Такая цена отмечается и не учитывается. Так же мы поступаем с ценами, за которыми пришлось бы опуститься ниже вашей минимальной, с продавцами с низким рейтингом или долгой доставкой, если вы так решили.",
        ),
        "kk": (
            "Бәсекелес қателесіп, 1 теңге қойса ше?",
            "Мұндай баға белгіленеді, бірақ есепке алынбайды. Соңынан ерсе, ең төмен бағаңыздан түсіп кетуге тура келетін бағалар да, сіз солай шешсеңіз, рейтингі төмен немесе ұзақ жеткізетін сатушылар да есепке алынбайды.",
        ),
        "en": (
            "What if a rival slips and asks 1 tenge?",
            "Such a price is noted and left out. So are prices that could only be followed below your floor and, if you say so, sellers with a low rating or a slow delivery.",
        ),
    },
    {
        "ru": (
            "Цена только падает?",
            "Нет. Когда дешёвый конкурент ушёл, распродался или поднял цену, ваша цена тоже поднимается. Ценовую войну сервис замечает и может удерживать цену вместо того, чтобы бежать вниз.",
        ),
        "kk": (
            "Баға тек төмендей ме?",
            "Жоқ. Арзан бәсекелес кетсе, тауары таусылса немесе бағасын көтерсе, сіздің бағаңыз да көтеріледі. Баға соғысын сервис байқап, төмен қарай жүгірудің орнына бағаны ұстап тұра алады.",
        ),
        "en": (
            "Do prices only fall?",
            "No. When the cheap rival has left, run out or moved up, your price goes up too. A price war is noticed, and the price can be held instead of racing to the bottom.",
        ),
    },
    {
        "ru": (
            "Как попробовать без риска?",
            "Новый магазин только наблюдает: вы видите, что сервис сделал бы и почему, но цены не меняются. Любую стратегию можно прогнать по записанному рынку. Включаете, когда всё понятно, и можете выбрать режим, где каждую цену подтверждает человек.",
        ),
        "kk": (
            "Тәуекелсіз қалай сынап көруге болады?",
            "Жаңа дүкен тек бақылайды: сервис не істейтінін және неге екенін көресіз, бірақ баға өзгермейді. Кез келген стратегияны жазылған нарықта жүргізіп көруге болады. Бәрі түсінікті болғанда қосасыз; әр бағаны адам растайтын режимді де таңдай аласыз.",
        ),
        "en": (
            "How do I try it without risk?",
            "A new store only watches: you see what would be done, and why, and no price moves. Any strategy can be run over the recorded market. Switch it on when it makes sense to you; there is also a mode in which a person approves each price.",
        ),
    },
    {
        "ru": (
            "Что будет, если сервис сломается?",
            "Сломанное не меняет цен. Устаревшие данные удерживают цену, последний проверенный прайс-лист продолжает отдаваться, а о молчании вы узнаёте в течение нескольких минут. Ничего не делать — всегда правильный ответ.",
        ),
        "kk": (
            "Сервис бұзылса не болады?",
            "Бұзылған сервис баға өзгертпейді. Ескірген дерек бағаны ұстап тұрады, соңғы тексерілген прайс-парақ беріле береді, ал үнсіздік туралы бірнеше минутта білесіз. Ештеңе істемеу — әрқашан дұрыс жауап.",
        ),
        "en": (
            "What happens when the service breaks?",
            "What is broken moves no price. Old data holds the price, the last checked price list is still served, and you learn of the silence within minutes. Doing nothing is always a correct answer.",
        ),
    },
    {
        "ru": (
            "Можно ли вернуть цены назад?",
            "Да: одно изменение, правило или все цены магазина такими, какими они были, например, в 14:05. Отмена работает и тогда, когда всё остановлено, и сначала показывает, что именно вернётся.",
        ),
        "kk": (
            "Бағаны кері қайтаруға бола ма?",
            "Иә: бір өзгерісті, ережені немесе дүкеннің барлық бағасын, мысалы, сағат 14:05-тегі күйіне қайтаруға болады. Қайтару бәрі тоқтатылған кезде де істейді және алдымен нақты не қайтатынын көрсетеді.",
        ),
        "en": (
            "Can I have my prices back?",
            "Yes: one change, a rule, or all prices of the store as they were at, say, 14:05. Undo also works while everything is stopped, and first shows what will come back.",
        ),
    },
    {
        "ru": (
            "Вы связаны с Kaspi.kz?",
            "Нет. Это независимый сервис для продавцов. Он работает через прайс-лист, который маркетплейс сам предлагает загружать, и держит вежливый темп запросов к витрине.",
        ),
        "kk": (
            "Сіздердің Kaspi.kz-пен байланыстарыңыз бар ма?",
            "Жоқ. Бұл — сатушыларға арналған тәуелсіз сервис. Ол маркетплейстің өзі жүктеуді ұсынатын прайс-парақ арқылы жұмыс істейді және витринаға сұрауды сыпайы қарқынмен жібереді.",
        ),
        "en": (
            "Are you part of Kaspi.kz?",
            "No. This is an independent service for sellers. It works through the price list that the marketplace itself offers to load, and asks the storefront at a polite pace.",
        ),
    },
]


def write(apps, schema_editor):
    write_tariffs(apps.get_model("landing", "Tariff"))
    write_questions(apps.get_model("landing", "Faq"))


def write_tariffs(tariffs):
    """Into an empty table only."""
    if tariffs.objects.exists():
        return
    for position, (code, prices, limits, is_recommended, name, description, features) in enumerate(TARIFFS, start=1):
        tariffs.objects.create(
            code=code,
            **dict(zip(("price_month", "price_year"), prices, strict=True)),
            **dict(zip(("product_limit", "store_limit", "staff_limit", "trial_days"), limits, strict=True)),
            is_recommended=is_recommended,
            position=position,
            **in_languages("name", name),
            **in_languages("description", description),
            **in_languages("features", features),
        )


def write_questions(faq):
    """Into an empty table only."""
    if faq.objects.exists():
        return
    for position, said in enumerate(QUESTIONS, start=1):
        questions = {language: question for language, (question, _answer) in said.items()}
        answers = {language: answer for language, (_question, answer) in said.items()}
        faq.objects.create(position=position, **in_languages("question", questions), **in_languages("answer", answers))


def in_languages(name, texts):
    return {f"{name}_{language}": text for language, text in texts.items()}


class Migration(migrations.Migration):
    dependencies = [("landing", "0002_reviews")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
