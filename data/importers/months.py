"""The names of the months as dates are written with them, whole or cut short.

They are English, French, Spanish, Portuguese, German, Italian, Dutch, Turkish, Russian and Ukrainian. A name that two
languages give to different months is not among them.
"""

NAMES = (
    "january janvier enero janeiro januar jänner gennaio januari ocak январь января январ січень січня",
    "february février febrero fevereiro februar feber febbraio februari şubat февраль февраля лютий лютого",
    "march mars marzo março märz maart mart март марта березень березня",
    "april avril abril aprile nisan апрель апреля квітень квітня",
    "may mai mayo maio maggio mei mayıs май мая травень травня",
    "june juin junio junho juni giugno haziran июнь июня червень червня",
    "july juillet julio julho juli luglio temmuz июль июля липень липня",
    "august août agosto augustus ağustos август августа серпень серпня",
    "september septembre septiembre setembro settembre eylül сентябрь сентября вересень вересня",
    "october octobre octubre outubro oktober ottobre ekim октябрь октября жовтень жовтня",
    "november novembre noviembre novembro kasım ноябрь ноября листопад листопада",
    "december décembre diciembre dezembro dezember dicembre aralık декабрь декабря грудень грудня",
)
SHORT = (
    "jan janv ene gen янв січ",
    "feb febr fév févr fev şub фев лют",
    "mar mär mrz mrt мар бер",
    "apr avr abr nis апр кві",
    "mag",
    "jun giu haz июн чер",
    "jul juil lug tem июл лип",
    "aug ago aoû ağu авг сер",
    "sep sept set eyl сен вер",
    "oct okt ott out eki окт жов",
    "nov kas ноя лис",
    "dec déc dez dic ara дек гру",
)
MONTHS = {
    name: number
    for number, names in enumerate(zip(NAMES, SHORT, strict=True), start=1)
    for name in " ".join(names).split()
}
