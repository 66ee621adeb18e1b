"""Common names, nicknames, role mailboxes and free mail domains: public facts, in rounded shares.

The shipped match model is made of these (benchmarks/shipped_model.py) and the generated population too
(benchmarks/population.py). Shares are of people, in a thousandth of a per cent, from memory of published
national statistics, rounded: what matters is the order of magnitude.
"""

from __future__ import annotations

__all__ = [
    "CHINESE_FAMILY", "CITIES", "ENGLISH_FAMILY", "FREEMAIL", "GIVEN", "HAN_CITIES", "HAN_GIVEN", "NICKNAMES", "ROLES",
]  # fmt: skip


def _shares(text: str) -> dict[str, float]:
    """Lines of ``share: word word``, the share in 1/100,000."""
    table: dict[str, float] = {}
    for line in text.strip().splitlines():
        share, _, words = line.partition(":")
        table.update((word, float(share) / 100_000) for word in words.split())
    return table


ENGLISH_FAMILY = _shares("""
830: smith
600: johnson williams
480: brown jones
390: garcia miller davis
320: rodriguez martinez hernandez wilson anderson taylor thomas
270: lopez gonzalez moore jackson martin lee thompson white
220: perez harris sanchez clark ramirez lewis robinson walker young hall
180: allen king wright scott torres nguyen hill flores green adams nelson baker campbell mitchell rivera
150: carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart morris
130: morales murphy cook rogers gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim
115: cox ward richardson watson brooks chavez wood james bennett gray mendoza ruiz hughes price alvarez
100: castillo sanders patel myers long ross foster jimenez powell jenkins perry russell sullivan bell
90: coleman butler henderson barnes gonzales fisher vasquez simmons romero jordan patterson alexander
80: hamilton graham reynolds griffin wallace moreno west cole hayes bryant herrera gibson ellis tran medina
70: aguilar stevens murray ford castro marshall owens harrison fernandez mcdonald woods washington kennedy
60: wells vargas henry chen freeman webb tucker guzman burns crawford olson simpson porter hunter gordon
55: mendez silva shaw snyder mason dixon munoz hunt hicks holmes palmer wagner black robertson boyd rose stone
50: salazar fox warren mills meyer rice schmidt garza daniels ferguson nichols stephens soto weaver ryan
45: gardner payne grant dunn kelley spencer hawkins arnold pierce hansen peters santos hart bradley knight
40: elliott cunningham duncan armstrong hudson carroll lane riley andrews alvarado ray delgado berry perkins
35: hoffman johnston matthews pena richards contreras willis carpenter lawrence sandoval guerrero george
30: chapman rios estrada ortega watkins greene nunez wheeler valdez harper burke larson santiago maldonado
""")

GIVEN = _shares("""
1400: james john
1250: robert michael
1100: william david mary
900: richard joseph thomas
750: charles christopher jennifer daniel matthew
650: patricia linda elizabeth anthony mark barbara
560: donald steven paul andrew joshua susan jessica sarah
480: kenneth kevin brian george karen lisa nancy betty timothy ronald edward
420: margaret sandra ashley kimberly emily jason jeffrey ryan jacob donna michelle carol amanda
370: gary nicholas eric jonathan stephen melissa deborah stephanie dorothy rebecca sharon laura cynthia
320: larry justin scott brandon benjamin samuel amy kathleen angela shirley brenda emma anna gregory frank
280: alexander raymond patrick jack dennis jerry pamela nicole samantha katherine christine debra helen
240: tyler aaron jose adam nathan henry rachel carolyn janet catherine maria heather diane olivia julie ruth
210: zachary douglas peter kyle noah ethan joyce virginia victoria kelly lauren christina joan evelyn judith
180: jeremy walter christian keith roger austin sean megan andrea cheryl hannah jacqueline martha gloria
160: terry gerald carl dylan harold jordan jesse bryan lawrence teresa ann sara madison frances kathryn janice
140: arthur gabriel bruce logan billy joe alan juan willie albert jean abigail alice julia judy sophia grace
120: ralph roy eugene randy vincent russell louis philip bobby johnny denise amber doris marilyn danielle
110: bradley beverly isabella theresa diana natalie brittany charlotte marie kayla alexis lori simon oliver
100: harry charlie george luke adrian martin ian neil graham liam lucas mason hugo leo max oscar felix
90: lucy chloe ella ruby sophie zoe eva claire jane louise fiona ellen irene rose lily molly daisy nina tina
80: craig stuart derek colin trevor glenn dean wayne darren barry alex lewis callum connor lachlan jake mitchell
70: harrison cooper riley angus hayden declan joel blake cameron edward isaac marcus toby jayden caleb
60: georgia imogen mia ava holly tahlia lara isabelle caitlin brooke amelia jasmine tara paige bella maddison
50: carlos luis jorge miguel pedro antonio francisco manuel ana carmen rosa sofia lucia elena marta pablo
45: hans klaus stefan wolfgang jurgen anja sabine petra monika pierre michel philippe nathalie sylvie giovanni
40: ivan dmitri olga natalia svetlana anastasia tatiana mohammed ahmed ali omar fatima aisha hassan raj priya
1200: wei jing
900: li yan min hui jie lei yu
700: ping jun hong xin ying fang bo hao qiang na yong xia
500: tao chao ming juan xiaoming hua jia qing feng peng long bin kai rui dan lin yang ting mei
300: xiaoyan xiuying guiying xiaohong zihan yuxuan haoran yuting jianguo jianhua zhiqiang lihua guoqiang
200: haiyan xiaoli meiling yufei siyu xinyi jiayi mengyao wenjie junjie zihao yichen haoyu yuchen weiming
""")
"""Given names in Latin letters, pinyin among them: a pinyin form gathers many written names."""

CHINESE_FAMILY = {
    "王": ("wang", 0.075), "李": ("li", 0.077), "张": ("zhang", 0.07), "刘": ("liu", 0.055),
    "陈": ("chen", 0.047), "杨": ("yang", 0.032), "赵": ("zhao", 0.021), "黄": ("huang", 0.022),
    "周": ("zhou", 0.019), "吴": ("wu", 0.023), "徐": ("xu", 0.022), "孙": ("sun", 0.015),
    "胡": ("hu", 0.013), "朱": ("zhu", 0.013), "高": ("gao", 0.012), "林": ("lin", 0.012),
    "何": ("he", 0.014), "郭": ("guo", 0.011), "马": ("ma", 0.011), "罗": ("luo", 0.01),
    "梁": ("liang", 0.0085), "宋": ("song", 0.0081), "郑": ("zheng", 0.0078), "谢": ("xie", 0.008),
    "韩": ("han", 0.0068), "唐": ("tang", 0.009), "冯": ("feng", 0.0064), "于": ("yu", 0.013),
    "董": ("dong", 0.0061), "肖": ("xiao", 0.006), "程": ("cheng", 0.0062), "曹": ("cao", 0.0057),
    "袁": ("yuan", 0.0056), "邓": ("deng", 0.0055), "许": ("xu", 0.022), "傅": ("fu", 0.006),
    "沈": ("shen", 0.0055), "曾": ("zeng", 0.005), "彭": ("peng", 0.0049), "吕": ("lyu", 0.0047),
    "苏": ("su", 0.0046), "卢": ("lu", 0.009), "蒋": ("jiang", 0.013), "蔡": ("cai", 0.0046),
    "贾": ("jia", 0.0042), "丁": ("ding", 0.0043), "魏": ("wei", 0.006), "薛": ("xue", 0.0042),
    "叶": ("ye", 0.0042), "余": ("yu", 0.013), "潘": ("pan", 0.004), "杜": ("du", 0.004),
    "戴": ("dai", 0.0034), "夏": ("xia", 0.0036), "钟": ("zhong", 0.0038), "汪": ("wang", 0.075),
    "田": ("tian", 0.0039), "任": ("ren", 0.0038), "姜": ("jiang", 0.013), "范": ("fan", 0.0042),
    "方": ("fang", 0.004), "石": ("shi", 0.007), "姚": ("yao", 0.0034), "谭": ("tan", 0.0035),
    "廖": ("liao", 0.0034), "邹": ("zou", 0.003), "熊": ("xiong", 0.0031), "金": ("jin", 0.0033),
    "陆": ("lu", 0.009), "郝": ("hao", 0.003), "孔": ("kong", 0.0028), "白": ("bai", 0.003),
    "崔": ("cui", 0.0032), "康": ("kang", 0.0026), "毛": ("mao", 0.0024), "邱": ("qiu", 0.0032),
    "秦": ("qin", 0.003), "江": ("jiang", 0.013), "史": ("shi", 0.007), "顾": ("gu", 0.003),
    "侯": ("hou", 0.0026), "邵": ("shao", 0.0023), "孟": ("meng", 0.0027), "龙": ("long", 0.0023),
    "万": ("wan", 0.0024), "段": ("duan", 0.0023), "雷": ("lei", 0.0025), "钱": ("qian", 0.0022),
    "汤": ("tang", 0.009), "尹": ("yin", 0.0025), "黎": ("li", 0.077), "易": ("yi", 0.002),
    "常": ("chang", 0.0022), "武": ("wu", 0.023), "乔": ("qiao", 0.0018), "贺": ("he", 0.014),
    "赖": ("lai", 0.002), "龚": ("gong", 0.0025), "文": ("wen", 0.0022), "欧阳": ("ouyang", 0.0007),
    "司马": ("sima", 0.0001), "诸葛": ("zhuge", 0.0001), "上官": ("shangguan", 0.0001),
}  # fmt: skip
"""Character to pinyin, and the share of people whose family name is read so."""

HAN_GIVEN = _shares("""
300: 伟 静 敏 芳 丽
220: 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 刚 桂英 娜
150: 波 辉 斌 鹏 浩 宇 飞 玲 红 燕 雪 琳 婷 慧 莹 颖 建国 建华 玉兰 秀兰 丹 萍 英 华 文
100: 鑫 帅 峰 凯 健 俊 亮 龙 林 旭 宁 晨 阳 佳 欣 瑶 倩 云 莉 梅 兰 桂兰 秀珍 小红 建军 志强 海燕 淑珍
60: 子涵 梓涵 浩然 宇轩 雨涵 欣怡 诗涵 子轩 浩宇 一诺 梓萱 雨轩 晓明 小明 志明 国强 丽华 美玲 晓燕 俊杰
40: 思雨 思远 佳怡 嘉怡 雨婷 梦瑶 文杰 子豪 奕辰 宇航 天宇 博文 晓东 海涛 志伟 永强 春梅 丽娟 秀芳 凤英
""")

CITIES = _shares("""
3000: london beijing shanghai
2500: new_york shenzhen guangzhou
1500: hangzhou chengdu los_angeles sydney melbourne chongqing
1000: chicago wuhan nanjing suzhou tianjin xian hong_kong singapore toronto paris berlin taipei
600: houston philadelphia manchester birmingham brisbane perth changsha qingdao ningbo zhengzhou foshan
400: phoenix dallas austin seattle boston leeds glasgow bristol adelaide dublin xiamen dongguan wuxi hefei
300: denver atlanta miami detroit portland liverpool edinburgh jinan fuzhou kunming dalian shenyang harbin
""")
CITIES = {name.replace("_", " "): share for name, share in CITIES.items()}
"""As the hub compares them: Chinese ones in pinyin."""

HAN_CITIES = dict(
    pair.split(":")
    for pair in """
beijing:北京 shanghai:上海 shenzhen:深圳 guangzhou:广州 hangzhou:杭州 chengdu:成都 chongqing:重庆 wuhan:武汉
nanjing:南京 suzhou:苏州 tianjin:天津 xian:西安 changsha:长沙 qingdao:青岛 ningbo:宁波 zhengzhou:郑州
foshan:佛山 xiamen:厦门 dongguan:东莞 wuxi:无锡 hefei:合肥 jinan:济南 fuzhou:福州 kunming:昆明 dalian:大连
""".split()
)
"""How some of them are written."""

NICKNAMES = tuple(
    tuple(line.split())
    for line in """
abigail abby gail
alexander alex al sandy xander sasha lex
alexandra alex sandra lexi sandy sasha
alexis alex lexi
albert al bert
alfred al fred alfie
alice ali
amanda mandy
andrew andy drew
angela angie
ann anna anne annie nan
anthony tony
antonio tony
arthur art artie
barbara barb babs barbie
benjamin ben benny benji
bernard bernie
beverly bev
bradley brad
brenda bren
caitlin cait
calvin cal
cameron cam
carolyn carol carrie lyn
caroline carol carrie
catherine cathy kate katie cat kitty katherine kathryn
charles charlie chuck chas
charlotte charlie lottie
christian chris
christina chris tina christie kristina
christine chris christy tina chrissy
christopher chris kit topher
clifford cliff
cynthia cindy
daniel dan danny
danielle dani
david dave davey
deborah deb debbie debra
dennis denny
diana di
donald don donnie
dorothy dot dottie dolly
douglas doug
edward ed eddie ted ned
edmund ed eddie
eleanor ellie nell nora
elizabeth liz beth lizzie betty eliza betsy libby lisa
ellen ellie nell
emily em emmy
emma em
eugene gene
evelyn eve evie
frances fran francie
francis frank
francisco paco pancho frank
franklin frank
frederick fred freddie
gabriel gabe
gabriella gabby ella
georgia george
gerald gerry jerry
gregory greg
harold harry hal
harrison harry
helen nell
henry harry hank hal
herbert herb bert
howard howie
isabella bella izzy isabel
isabelle bella izzy belle
jacob jake
jacqueline jackie
james jim jimmy jamie
janet jan
jasmine jas jaz
jeffrey jeff
jennifer jen jenny
jeremy jerry
jerome jerry
jessica jess jessie
jesus chuy
john johnny jack jon
jonathan jon johnny
jose pepe
joseph joe joey
joshua josh
josephine jo josie
judith judy
julia julie jules
julian jules
katherine kate katie kathy kathryn kat kitty
kathleen kathy kath
kathryn kathy kate katie
kenneth ken kenny
kimberly kim kimmy
kristen kris
lachlan lachie
laura laurie
lauren laurie
lawrence larry laurie
leonard len lenny leo
leonardo leo
lewis lew louis
lillian lily lil
linda lindy
louis lou
louise lou
lucas luke
lucille lucy
madeline maddie
madison maddie
maddison maddie
margaret maggie meg peggy marge margie greta rita
maria mary
martha marty
martin marty
mary molly polly mae
matthew matt matty
maximilian max
megan meg
melissa mel missy lissa
melanie mel
michael mike mick mikey mitch
michelle shelly
mitchell mitch
mohammed mo mohamed muhammad mohammad
nancy nan
natalie nat
nathan nate nat
nathaniel nate nat nathan
nicholas nick nicky nico
nicole nicky nikki
oliver ollie
olivia liv livvy
oscar ozzie
pamela pam
patricia pat patty tricia trish
patrick pat paddy
peter pete
philip phil pip
rachel rach rae
raymond ray
rebecca becky becca
richard rick dick rich ricky richie
robert rob bob bobby robbie bert
roger rodge
ronald ron ronnie
russell russ
samantha sam sammy
samuel sam sammy
sandra sandy
sara sally
sarah sally sadie
sebastian seb bas
sharon shaz
shirley shirl
sophia sophie
stephanie steph
stephen steve steven stevie
steven steve stephen stevie
stuart stu stewart
susan sue susie suzy
teresa terry tess theresa
terence terry
theodore ted theo teddy
theresa terry tess
thomas tom tommy
timothy tim timmy
tobias toby
veronica ronnie vera
victor vic
victoria vicky tori vic
vincent vince vinny
virginia ginny
walter walt wally
wayne way
william bill will billy willy liam
zachary zach zack
alejandro alex
guillermo memo
""".strip().splitlines()
)

ROLES = frozenset(
    """
abuse accounting accounts admin administrator ap ar billing booking bookings career careers compliance contact
contactus contacts customercare customerservice customer-service customersupport cs dispatch do-not-reply
donotreply enquiries enquiry events export feedback finance frontdesk hello helpdesk help hi hostmaster hr import
info information inquiries inquiry invoice invoices it jobs legal list mail mailbox marketing market media
newsletter no-reply noc noreply office operations ops order orders partner partners payable payments post
postmaster pr press privacy procurement purchase purchasing reception recruiting recruitment reservations
root sales sale secretary security service services shop spam staff store support team tech technical test
trade treasury usenet uucp web webmaster webmail website welcome www
客服 销售 市场 采购 财务 人事 商务 招聘 行政 服务 技术支持 售后 前台 信息 业务
kefu xiaoshou shichang caigou caiwu renshi shangwu zhaopin xingzheng shouhou fuwu yewu qiantai
kontakt verkauf vertrieb buchhaltung einkauf bestellung ventas contacto compras contato vendas commercial achat
""".split()
)

FREEMAIL = frozenset(
    """
gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.com.au yahoo.co.jp ymail.com rocketmail.com hotmail.com
hotmail.co.uk hotmail.fr outlook.com live.com live.cn msn.com icloud.com me.com mac.com aol.com proton.me
protonmail.com pm.me gmx.com gmx.de gmx.net web.de t-online.de mail.com mail.ru yandex.ru yandex.com zoho.com
fastmail.com hey.com tutanota.com orange.fr free.fr laposte.net wanadoo.fr libero.it virgilio.it uol.com.br
bol.com.br naver.com daum.net hanmail.net rediffmail.com qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net
vip.163.com 188.com sina.com sina.cn sohu.com tom.com 139.com 189.cn wo.cn 21cn.com aliyun.com comcast.net
verizon.net att.net sbcglobal.net cox.net btinternet.com bigpond.com optusnet.com.au ntlworld.com sky.com
virginmedia.com shaw.ca rogers.com telus.net example.com example.org example.net
""".split()
)
