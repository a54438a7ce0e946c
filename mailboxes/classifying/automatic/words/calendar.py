"""Names of months and weekdays, folded when they are compared; one row a month or a weekday, all languages in it."""

# Separated by blanks; a longer name also stands for its cases and plurals. "Listopada" is November in Polish and
# October in Croatian: the larger language has it.
MONTHS = (
    "january januar januari janvier enero ene gennaio janeiro januarie jan. tammikuu stycznia styczeń stycz "
    "ledna leden "
    "január januára siječnja siječanj ianuarie января январь янв. січня януари ιανουαρίου ocak janvāri jaanuar sausio "
    "janúar jan gennaio ינואר يناير",
    "february februar februari février febrero feb. febbraio fevereiro fev helmikuu lutego luty února únor február "
    "veljače februarie февраля февраль фев. лютого февруари φεβρουαρίου şubat februārī veebruar vasario febrúar feb "
    "פברואר فبراير fév",
    "march märz maart mars marzo março martie maaliskuu marca marzec března březen március ožujka марта март "
    "березня μαρτίου mart mart. martā märts kovo mar mrz מרץ مارس",
    "april avril abril aprile aprilie huhtikuu kwietnia kwiecień dubna duben április apríla travnja апреля апрель "
    "квітня απριλίου nisan aprīlī aprill balandžio apr avr abr אפריל أبريل ابريل",
    "may mai mei maj mayo maggio maio toukokuu maja května květen május mája svibnja мая май травня μαΐου mayıs maijā "
    "gegužės maí מאי مايو",
    "june juni juin junio giugno junho iunie kesäkuu czerwca czerwiec června červen június júna lipnja июня июнь "
    "червня юни ιουνίου haziran jūnijā juuni birželio júní jun giu יוני يونيو",
    "july juli juillet julio luglio julho iulie heinäkuu lipca lipiec července červenec július júla srpnja июля июль "
    "липня юли ιουλίου temmuz jūlijā juuli liepos júlí jul lug יולי يوليو",
    "august août agosto augustus augusti elokuu sierpnia sierpień srpna srpen augusztus augusta avgusta kolovoza "
    "august августа август серпня αυγούστου ağustos augustā rugpjūčio ágúst aug aout אוגוסט أغسطس اغسطس",
    "september septembre septiembre setiembre settembre setembro septembrie syyskuu września wrzesień září szeptember "
    "septembra rujna сентября сентябрь вересня септември σεπτεμβρίου eylül septembrī rugsėjo sept sep сент "
    "ספטמבר سبتمبر",
    "october oktober octobre octubre ottobre outubro octombrie lokakuu października październik října říjen október "
    "októbra listopada октября октябрь жовтня октомври οκτωβρίου ekim oktobrī oktoober spalio oct okt ott "
    "אוקטובר أكتوبر اكتوبر",
    "november novembre noviembre novembro noiembrie marraskuu listopadu listopad novembra studenoga ноября ноябрь "
    "листопада ноември νοεμβρίου kasım novembrī lapkričio nóvember nov נובמבר نوفمبر",
    "december dezember décembre diciembre dicembre dezembro decembrie joulukuu grudnia grudzień prosince prosinec "
    "decembra prosinca декабря декабрь грудня декември δεκεμβρίου aralık decembrī detsember gruodžio desember "
    "dec dez déc dic דצמבר ديسمبر",
)
WEEKDAYS = (
    "monday montag lundi lunes lunedì segunda-feira maandag mandag måndag maanantai poniedziałku poniedziałek pondělí "
    "pondelok понедельник понеділок mon ponedeljek ponedjeljak",
    "tuesday dienstag mardi martes martedì terça-feira dinsdag tirsdag tisdag tiistai wtorek wtorku úterý utorok "
    "вторник вівторок tue torek utorak",
    "wednesday mittwoch mercredi miércoles mercoledì quarta-feira woensdag onsdag keskiviikko środa środy "
    "středa středy "
    "streda среда среду середу wed sreda srijeda",
    "thursday donnerstag jeudi jueves giovedì quinta-feira donderdag torsdag torstai czwartek czwartku čtvrtek čtvrtka "
    "štvrtok четверг четверга thu četrtek četvrtak",
    "friday freitag vendredi viernes venerdì sexta-feira vrijdag fredag perjantai piątek piątku pátek pátku piatok "
    "пятница пятницу пятницы fri petek petak",
    "saturday samstag sonnabend samedi sábado sabato zaterdag lørdag lördag lauantai sobota soboty суббота субботу",
    "sunday sonntag dimanche domingo domenica zondag søndag söndag sunnuntai niedziela niedzieli neděle воскресенье",
)
