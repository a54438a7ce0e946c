"""The words with which mail servers refuse a mail, by what they mean: lower case, single spaces, parted by bars."""

from mailboxes.classifying.kinds import Reason

_AUTHENTICATION_FAILED = """
spf check | spf fail | spf: fail | spf record | spf unauthorized | spf (sender policy | spf validation |
sender policy framework | openspf.org | openspf.net | does not designate | not designated | failed spf |
spf hard | spf -all | spf: softfail | dmarc | dkim | unauthenticated email | email is unauthenticated |
sender is unauthenticated | not authorized to send from this domain | fails spf | spf verification | domainkeys |
authentication requirements unmet | sender id (pra) | unauthenticated mail | arc seal | not authorized by spf |
spf policy | no spf
"""

_VIRUS_DETECTED = """
virus | malware | infected | phishing attempt | infizierte | ウイルス | ウィルス | contains a trojan |
sanesecurity
"""

_MAIL_LOOP = """
mail loop | loops back to myself | mail forwarding loop | routing loop | hop count | too many hops |
too many received | too many "received" | hopcount exceeded | best-preference mx | possible loop |
loop condition | loop detected | loop was found | message looping | duplicated message-id | loop back warning |
mail loops back | would loop | maximum allowed times | number of hops | loop alert | delivered-to: header |
sending messages to yourself | mailschleife | bucle de correo
"""

_GREYLISTED = """
greylist | graylist | grey-list | gray-list | grey list | postgrey | try again in 5 minutes | deferred by design |
please try again after | temporary greeting failure | first time sender
"""

_HAS_MOVED = """
has moved | user moved | address has changed | has a new address | mailbox moved | new e-mail address is |
new email address is | please use the new address | recipient has been moved | address changed to |
has been replaced by | retired the address | user has left | recipient no longer on server |
has changed their email address
"""

_MAILBOX_FULL = """
exceeding their quota | exceeding his quota | mail quota | has too much mail stored | over its quota |
mailbox full | mailbox is full | mail box full | mail box is full | mailfolder is full | inbox is full |
inbox full | quota exceed | quota has been exceeded | exceeded quota | exceeded the quota | exceeded his quota |
exceeded their quota | exceeded storage | over quota | overquota | over-quota | over the quota | over disk quota |
over the allowed quota | disk quota | quota violation | quota is exceeded | storage quota | mailbox quota |
quota limit | user quota | account is full | account full | mailbox size limit | mailbox has exceeded |
mailbox exceeds | exceeds the storage | exceeds its quota | exceeds disk quota | out of storage | over storage |
storage limit | storage allocation | no room in mailbox | too many messages | too much mail data |
exceeded the local limit | insufficient storage | is out of space | disk space limit | mailbox for user is full |
exceeded the space | space allocated | user is full | maildir over | mailbox over | maximum mailbox size |
mailbox size exceed | exceed the mailbox | mailfull | mailbox_full | exceeding mailbox quota |
would exceed mailbox | would be over the allowed | too many mails in | mailboxfull | exceeds allowed size |
exceeded allowed mailbox | not enough storage space | not enough free space | recipient's mailbox is over |
message store over | exceededmailboxquota | quotaexceeded | is overquota | exceeded its mailbox |
exceeded mailbox | user account is overquota | delivery failed: over quota | quota über | quota überschritten |
postfach voll | postfach ist voll | postfachs ist überschritten | mailbox voll | ist überfüllt | speicherplatz |
boîte pleine | boite pleine | boîte aux lettres est pleine | boite aux lettres est pleine |
boîte de réception est pleine | dépassé son quota | quota dépassé | buzón lleno | buzon lleno | buzón está lleno |
buzón de correo lleno | casella piena | casella è piena | casella postale piena | caixa de correio cheia |
caixa cheia | caixa postal cheia | mailbox is vol | postvak is vol | postvak vol | brevlådan är full |
skrzynka jest pełna | skrzynka pełna | przekroczony limit | ящик переполнен | переполнен | превышена квота |
メールボックスが一杯 | メールボックスがいっぱい | 容量を超え | 一杯のため | 收件箱已满 | 邮箱已满 | 郵箱已滿 |
信箱已滿 | 邮箱空间不足 | 空间已满 | 사서함이 가득 | 용량이 초과 | 용량 초과 | schránka je plná | překročena kvóta |
posta kutusu dolu | kotası doldu | postilaatikko on täynnä | megtelt | betelt | cutia poștală este plină |
γεμάτο | γεμάτη | postkassen er fuld | postboksen er full | переповнен | przepełniona | pretinac je pun |
hộp thư đã đầy | ممتلئ | posteingang voll | posteingang ist voll | posteingang des empfängers ist voll |
bandeja de entrada llena | bandeja de entrada está llena | bandeja de entrada del destinatario llena |
boîte de réception pleine | boîte de réception du destinataire pleine | caixa de entrada cheia |
caixa de entrada está cheia | posta in arrivo piena | posta in arrivo è piena | inbox is vol | inbox vol |
受信トレイがいっぱい | 受信トレイの容量
"""

# That of the sender, not that of a mailbox.
_SENDING_QUOTA = """
sending quota | sending limit | daily user sending | quota for sending
"""

_MESSAGE_TOO_LARGE = """
message too large | message is too large | message too big | message is too big | message size exceed |
message exceed | message file too big | message length exceeds | message larger than | size limit exceed |
exceeds size limit | exceeded maximum message size | maximum message size | exceeds fixed maximum |
exceeds maximum message size | too large for this | too big for this | message too long | mail too large |
mail size limit | exceeds the size | exceeded the maximum size | exceeds maximum size | larger than the current |
size exceeds | max message size | message size limit | email is too large | message.size | messagetoolarge |
message was too large | data limit exceeded | databytes limit | max datasize | is larger than |
nachricht ist zu groß | nachricht zu groß | message trop volumineux | trop grand | mensaje es demasiado grande |
messaggio troppo grande | mensagem muito grande | te groot | слишком больш | サイズが大き | 邮件过大 | 邮件太大 |
too large to send | exceeeds size | exeeded the maximum size | message size too large
"""

_MAILBOX_DISABLED = """
mailbox disabled | mailbox is disabled | account disabled | account is disabled | account has been disabled |
account that you tried to reach is disabled | account that you tried to reach is inactive | user disabled |
disabled mailbox | deactivated | mailbox inactive | mailbox is inactive | account inactive | account is inactive |
inactive mailbox | inactive user | inactive account | user is inactive | account suspended |
account is suspended | account has been suspended | mailbox suspended | user suspended |
mailbox currently suspended | account temporarily disabled | account temporarily suspended |
mailbox temporarily suspended | been temporarily suspended | is temporarily suspended | account is locked |
account locked | account is closed | account closed | account has been closed | address no longer accepts mail |
no longer accepting mail | no longer accepts mail | account expired | account has expired | mailbox expired |
not an active address | is not active | not currently active | user account is not activated |
invalid/inactive user | account is temporarily limited | account is temporarily unavailable |
administratively disabled | administrativley disabled | discontinued | user not active | mailbox frozen |
mailbox is frozen | account is not active | recipient suspend | domain suspended | domain is suspended |
no longer active | mailbox locked | mailbox is locked | email account has been | unused mailbox |
suspended due to inactivity | konto deaktiviert | konto wurde deaktiviert | konto ist gesperrt |
postfach ist deaktiviert | postfach inaktiv | compte désactivé | boîte désactivée |
compte du destinataire est suspendu | cuenta desactivada | cuenta deshabilitada | account disattivato |
conta desativada | аккаунт заблокирован | ящик заблокирован | 无法接收邮件的账户 | 用户被停用 | 帐户已停用 |
recipient is not accepting | is not accepting any mail | refused due to recipient preferences |
user refused to receive this mail | not accept mail from anyone | message is blocked by recipient |
recipient has blocked | blocked by the recipient | recipient preferences | email preferences of the person |
extended mail inactive
"""

_RELAY_DENIED = """
relay denied | relaying denied | relay access denied | relay not permitted | relaying not permitted |
relay not allowed | relaying not allowed | unable to relay | not permitted to relay | relaying is prohibited |
not a relay | relay prohibited | no relay | we do not relay | don't relay | will not relay | refuse to relay |
relay is denied | relay operation rejected | relaying blocked | rcpthosts | not our customer | not a gateway |
relay through this server | relaying mail to | relaying to | relay attempt | is not allowed to relay |
relaying disallowed | mail relay | relay from | not local; please try | insecure mail relay | smtp relay error |
that domain isn't in my list | that domain is not in my list | authentication required |
please turn on smtp auth | not authorised to relay | not authorized to relay | smtp auth | must authenticate |
relaying de correo | relayage refusé
"""

_IP_BLOCKED = """
blacklist | block list | blocklist | blocked using | black list | black listed | spamhaus | spamcop | dnsbl |
rbl | sorbs | barracudacentral | abuseat | uceprotect | dnswl | surbl | poor reputation | bad reputation |
low reputation | ip reputation | reputation of | your ip | the ip address | sending ip | ip address is |
client host | client ip | host rejected | ip listed | ip lookup failed | no ptr | reverse dns | ptr record |
cannot find your hostname | cannot find your reverse | rdns | reverse lookup | invalid hostname | dynamic ip |
access denied... | banned ip | banned sending ip | ip block | blocked by ip | from your network |
helo command rejected | rejected your ip | no access from mail server | connection refused by |
connection blocked | connection denied | name was rejected | open relay | not accepting connections from |
not accept email from dynamic | from dynamic | your server | is not allowed to connect | ip range |
hosts are not permitted | your host | s3140 | s3150 | server banned | unverifyable sending ip |
too many bad commands
"""

_TLS_REQUIRED = """
starttls | must issue a | tls required | tls is required | encryption required | encryption needed |
does not support tls | must use tls | requires tls | tls negotiation | tls session | mta-sts | tls missing
"""

_RATE_LIMITED = """
too many connections | rate limit | rate-limit | ratelimit | throttl | too many recipients | too many mails |
too much mail | too many emails | receiving mail at a rate | receiving mail too quickly | too many concurrent |
connection limit | exceeded the rate | rate exceeded | exceeds the limit | exceeded limit | sending limit |
sending quota | exceeded the maximum number | message rate | unusual rate | too fast | slow down | daily limit |
max defers | too many messages sent | daily user sending | too many sessions | maximum number of recipients |
recipient limit | concurrency | resources temporarily unavailable | deferred due to user complaints |
unexpected volume | over-rate
"""

_SPAM_BLOCKED = """
spam | unsolicited | junk mail | junkmail | bulk mail | uribl | considered uce | blocked by filter |
content filter | looks suspicious | message was rejected by content | message content rejected |
rejected by content | bogofilter | content blocked | content rejected | high probability of | message scored |
brightmail | cloudmark | spamassassin | similar messages have been | contains a url | contains urls |
blocked url | unwanted mail | unwanted content | suspicious | inappropriate | objectionable | content denied |
phish | bulk email | pourriel | indésirable | werbung | スパム | 迷惑メール | 垃圾 | не принято из-за спама |
denied by policy: 5 | block for spam | emailed to you in bulk | the message was blocked because
"""

_SENDER_REJECTED = """
from: domain is invalid | valid from: | valid from address | sender address rejected | sender rejected |
sender was rejected | sender denied | sender not | sender verify failed | sender verification | invalid sender |
bad sender | sender domain | domain of sender | sender's domain | unroutable sender | unrouteable sender |
return address | from address | sender is not | sender unknown | unknown sender | verify sender | senders |
can't verify sender | could not verify sender | callout | envelope sender | from domain | not a member |
not member | you are not allowed to post | permission to post | not allowed to send | allowed to post |
reverse-path | not have permission to | restricted | only accepts messages from | 投稿する権限 |
domain of the sender | backscatter | your mail is rejected | not permitted to send | senderaddress
"""

_DOMAIN_BLOCKED = """
domain is blocked | domain blocked | your domain | domain has been blocked | domain not allowed | blocked domain |
domain reputation
"""

_HOST_UNKNOWN = """
host unknown | unknown host | host not found | domain not found | no such domain | no such host |
domain does not exist | domain doesn't exist | domain doesnt exist | domain name not found |
name or service not known | nxdomain | host name lookup failure | hostname lookup failed | host lookup failed |
host address lookups failed | could not resolve | cannot resolve | unable to resolve | couldn't find any host |
couldn't find a mail exchanger | unrouteable mail domain | unroutable mail domain | non-existent hosts |
nonexistent domain | non-existent domain | no mx | null mx | nullmx | mx record | mx lookup |
illegal host/domain | illegal host | domain is not valid | invalid domain | domain invalid | no dns | dns lookup |
dns error | no a record | does not receive mail | does not accept mail | domain is unknown | unknown domain |
domain unknown | bad destination host | no route to domain | no valid hosts | no smtp service |
name service error | domain couldn't be found | domain could not be found | domain name is not | domain isn't |
name server | can't be resolved | cannot be resolved | address lookup did not yield | domain lookup failed |
could not find a gateway | no valid mail server | couldn't be found at | unable to lookup |
host or domain name not found | domäne existiert nicht | domain existiert nicht | nom de domaine inconnu |
le domaine n'existe pas | dominio no existe | dominio non esiste | domínio não existe | ドメインが見つかりません |
ドメインが存在し | домен не найден | 找不到域 | no such name
"""

_USER_UNKNOWN = """
invalid final delivery userid | did not exactly match | user unknown | unknown user | addressee unknown | no such user |
no such recipient | no such mailbox | no such address | no such account | no such person | no such local user |
no user with that | user not found | user does not exist | user doesn't exist | recipient unknown |
unknown recipient | recipient not found | recipient does not exist | recipient doesn't exist |
mailbox unavailable | mailbox not found | mailbox does not exist | mailbox doesn't exist | mailbox not available |
mailbox unknown | unknown mailbox | invalid mailbox | invalid recipient | invalid user | invalid address |
mailbox invalid | address invalid | unknown address | address unknown | unknown local | unknown account |
unknown or illegal alias | unknown alias | unknown email | bad recipient | bad_recipient |
bad destination mailbox | bad address | bad mailbox | badrcptto | no mailbox | no mail box | does not exist |
doesn't exist | do not exist | doesnotexist | not exist | nonexistent | non-existent | not a valid | not known |
isn't valid | is not valid | is invalid | not a known | not listed in | not recognized | not recognised |
not found | notfound | could not be found | couldn't be found | wasn't found | cannot find | can't find |
no longer valid | no longer exists | no longer available | no longer on server | no longer at | no longer works |
recipient rejected | recipient refused | recipients rejected | recipient address rejected | address rejected |
rejected recipient | does not like recipient | didn't like recipient | not our user | not a user | not a local |
doesn't have a | does not have an | doesn't have an | user ( | have an account here | no account |
no valid recipients | unrouteable address | unroutable address | undeliverable address | unallocated |
unassigned | mailbox name not allowed | not allowed mailbox | this user | no one by that name |
nobody by that name | name is not recognized | was not found | access denied | possibly incorrect |
permanently unavailable | destination address | no matches to nameserver | rcpt failed | recipient not |
user is unknown | is unknown | unknown: | incorrect address | alias | no es válid | recipnotfound | bad-mailbox |
no existing user | not handle mail for | not accept mail for | not accepting mail for this recipient |
benutzer unbekannt | unbekannter benutzer | empfänger unbekannt | unbekannter empfänger |
empfänger existiert nicht | adresse existiert nicht | nicht gefunden | existiert nicht | ist unbekannt |
nicht bekannt | unbekannt | n'existe pas | inconnu | introuvable | n'a pas été trouvé | adresse invalide |
no existe | desconocid | no encontrad | no se encontr | non esiste | sconosciuto | inesistente | non trovato |
indirizzo non valido |
não existe | nao existe | não encontrad | inexistente | bestaat niet | onbekend | niet gevonden | finns inte |
okänd | hittades inte | findes ikke | finnes ikke | nie istnieje | neexistuje | не существует | не найден |
нет такого | неизвестн | ユーザーが見つかりません | 見つかりません | 存在しません | 存在しない |
リストにありません | 不存在 | 找不到 | 无此用户 | 查無 | 존재하지 | 찾을 수 없 | 없는 사용자 | 없는 메일 |
neznámý uživatel | nenalezen | nieznany | nie znaleziono | bulunamadı | mevcut değil | ei löydy | tuntematon |
nem létezik | ismeretlen | nem található | nu există | necunoscut | nu a fost găsit | δεν υπάρχει | άγνωστος |
δεν βρέθηκε | ne postoji | ne obstaja | не съществува | не е намерен | не існує | не знайден | ei leitud |
pole olemas | neegzistuoja | nerastas | neeksistē | nav atrasts | blev ikke fundet | ble ikke funnet | ukendt | ukjent |
không tồn tại | tidak ditemukan | ไม่พบ | לא קיים | לא נמצא | غير موجود
"""

_INVALID_ADDRESS = """
malformed address | syntax error | bad address syntax | invalid syntax | illegal address | bad syntax |
malformed recipient | address syntax | expected word | domain missing | brackets nested | illegal character |
improper address | ungültige adresse | contained one or more recipient addresses | incorrectly constructed
"""

_CONTENT_ERROR = """
message format | malformed | bad header | header error | attachment | bare lf | bare newline | invalid header |
duplicate header | missing header | rfc 5322 | rfc 2822 | rfc822 | not rfc | line too long | lines longer | 8bit |
smtputf8 | mime type | charset | message refused by | date header | conversion | form of the message
"""

# Surer than what was wrong at the last attempt.
_OVERDUE = """
within the allowed queue period | retry timeout exceeded | in the queue too long | in queue too long |
queue too long | message expired | delivery time expired | delivery expired | could not be delivered for |
cannot send message for | could not send message for | queue lifetime
"""

# Before "refused" is taken for a decision.
_UNREACHED = """
connection refused | connection timed out | connection reset | connection lost | lost connection | no route to host |
network is unreachable | host is unreachable | host is down | operation timed out
"""

_POLICY_BLOCKED = """
policy | administrative prohibition | administratively prohibited | prohibited | not authorized | not authorised |
unauthorized | not permitted | not allowed | message rejected | message refused | mail refused | mail rejected |
access rejected | security | rejected for | rejected by | blocked | refused | richtlinie | stratégie | política |
politica | denied
"""

_EXPIRED = """
has not been collected | not delivered within | retry time not reached | expired | unable to deliver message after |
message timed out | delivery attempts | given up | giving up | gave up | maximum retries | retries exceeded |
too old | retry limit | delivery failed 2 | after multiple attempts | time limit exceeded | failing for a long time |
hours on the queue | has been delayed | delivery timed out | attempts: | for more than | still being retried |
not yet been delivered | has been frozen | frozen on arrival
"""

_NETWORK_ERROR = """
connection timed out | connection refused | connection reset | connection lost | connection dropped |
connection closed | network is unreachable | no route to host | host is unreachable | host unreachable |
operation timed out | connect to | timed out | timeout | time out | establish an smtp connection |
lost connection | network error | could not connect | couldn't connect | unable to connect | can't connect |
cannot connect | not reachable | unreachable | not responding | no answer from host | socket error |
did not accept our requests to connect | connection failed | failed to connect | broken pipe |
remote server failed | smtp connection | unable to contact | host down | is down | did not respond |
greeting failed | ssl | nicht erreichbar | zeitüberschreitung | injoignable | 応答がありません |
failed to send to identified host | protocol error
"""

_SERVER_ERROR = """
internal error | server error | system error | local error | configuration error | configuration problem |
misconfigured | mail system | i/o error | disk full | no space left | command failed | command died |
unable to open | temporary failure | temporary error | temporarily unavailable | temporary problem |
service unavailable | service not available | service temporarily | try again later | local problem |
cannot open | can't create | can't open | permission denied | system not accepting | insufficient system |
resources | out of memory | database | ldap | lookup failure | error in processing | processing error |
local delivery failed | delivery to file forbidden | delivery to pipe forbidden | bad interpreter |
unable to deliver | several matches found | shutting down | delivery temporarily suspended | not available |
content-analysis | vacation | pipe to
"""

# In this order: what names a cause exactly stands before what names it in general.
PHRASES: tuple[tuple[Reason, tuple[str, ...]], ...] = tuple(
    (reason, tuple(phrase.strip() for phrase in phrases.split("|")))
    for reason, phrases in (
        (Reason.AUTHENTICATION_FAILED, _AUTHENTICATION_FAILED),
        (Reason.VIRUS_DETECTED, _VIRUS_DETECTED),
        (Reason.MAIL_LOOP, _MAIL_LOOP),
        (Reason.GREYLISTED, _GREYLISTED),
        (Reason.HAS_MOVED, _HAS_MOVED),
        (Reason.RATE_LIMITED, _SENDING_QUOTA),
        (Reason.MAILBOX_FULL, _MAILBOX_FULL),
        (Reason.MESSAGE_TOO_LARGE, _MESSAGE_TOO_LARGE),
        (Reason.MAILBOX_DISABLED, _MAILBOX_DISABLED),
        (Reason.RELAY_DENIED, _RELAY_DENIED),
        (Reason.RATE_LIMITED, _RATE_LIMITED),
        (Reason.IP_BLOCKED, _IP_BLOCKED),
        (Reason.TLS_REQUIRED, _TLS_REQUIRED),
        (Reason.SPAM_BLOCKED, _SPAM_BLOCKED),
        (Reason.SENDER_REJECTED, _SENDER_REJECTED),
        (Reason.DOMAIN_BLOCKED, _DOMAIN_BLOCKED),
        (Reason.HOST_UNKNOWN, _HOST_UNKNOWN),
        (Reason.USER_UNKNOWN, _USER_UNKNOWN),
        (Reason.INVALID_ADDRESS, _INVALID_ADDRESS),
        (Reason.CONTENT_ERROR, _CONTENT_ERROR),
        (Reason.EXPIRED, _OVERDUE),
        (Reason.NETWORK_ERROR, _UNREACHED),
        (Reason.POLICY_BLOCKED, _POLICY_BLOCKED),
        (Reason.EXPIRED, _EXPIRED),
        (Reason.NETWORK_ERROR, _NETWORK_ERROR),
        (Reason.SERVER_ERROR, _SERVER_ERROR),
    )
)
