"""The demo's workspace: a ``connectors.toml`` like any other, and the files its connectors read."""

from __future__ import annotations

from pathlib import Path

from hub.app.demo.exports import customers, messages, orders, spend
from hub.app.demo.mailbox import OWN, mbox
from hub.app.demo.people import population
from hub.app.demo.posts import posts
from hub.app.demo.story import tell
from hub.errors import ConfigError

__all__ = ["INBOX", "POSTS", "is_demo", "write"]

INBOX = "website"
POSTS = "web/posts.jsonl"

CONNECTORS = f"""\
# The workspace of `hub demo`: four channels of a tea shop in their native formats. Change it as you like.

[hub]
database = "sqlite:///hub.db"
timezone = "Asia/Shanghai"
currency = "CNY"
region = "CN"
sources = ["erp", "website"]             # the most trusted first
websites = ["www.{OWN}"]

# The contact form. On a server its posts come to /inbox/website of `hub serve`; the demo keeps them in {POSTS}.
[connectors.{INBOX}]
type = "webform.form"
form = "Contact"

[connectors.{INBOX}.fields]              # the usual field names are known; these are our own
"handles.mastodon" = "mastodon"
"handles.weibo" = "weibo"
"handles.xiaohongshu" = "xiaohongshu"

# The shop's mailbox, saved as an archive.
[connectors.mailbox]
type = "email.mbox"
path = "mail/*.mbox"
own = ["{OWN}"]

# Messages on social networks, exported by a listening tool.
[connectors.social]
type = "files"
path = "social/messages.jsonl"
record = "interaction"
key = "id"

[connectors.social.fields]               # canonical field = the file's own
occurred_at = "time"
source = "network"
handles = "author"
full_name = "author_name"
body = "text"

[connectors.social.defaults]
kind = "message"
medium = "social"

# The ERP's customers: a csv in a Chinese code page.
[connectors.erp]
type = "files"
path = "erp/customers.csv"
record = "customer"
key = "客户编号"

[connectors.erp.fields]
full_name = "姓名"
phones = ["手机", "固定电话"]
emails = "邮箱"
organization = "单位"
street = "地址"
city = "城市"
region = "省份"
postal_code = "邮编"
country = "国家"

# Its orders: a workbook; customer_ref is a customer number of the list above.
[connectors.erp_orders]
type = "files"
path = "erp/orders.xlsx"
record = "order"
key = "order_no"
customers = "erp"

[connectors.erp_orders.fields]
customer_ref = "customer_no"

# What advertising cost.
[connectors.ads]
type = "files"
path = "ads/spend.csv"
record = "spend"

[connectors.ads.fields]
date = "Day"
source = "Platform"
medium = "Medium"
campaign = "Campaign"
amount = "Cost"
"""
MARK = CONNECTORS.partition("\n")[0]


def is_demo(folder: Path) -> bool:
    """Whether the demo is in ``folder`` already; ``ConfigError`` when something else is."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    config = folder / "connectors.toml"
    if config.is_file() and config.read_text("utf-8", errors="replace").startswith(MARK):
        return True
    raise ConfigError(
        "this folder is not the demo's, so nothing was written into it",
        where=str(folder),
        cause="there are other files in it" if folder.is_dir() else "it is a file",
        step="name a new or an empty folder: hub demo another-folder",
    )


def write(folder: Path) -> None:
    """Write the workspace, ``connectors.toml`` last: with it the folder is the demo's."""
    story = tell(population())
    files = {
        POSTS: posts(story.forms),
        "mail/shop.mbox": mbox(story.mails),
        "social/messages.jsonl": messages(story.messages),
        "erp/customers.csv": customers(story.purchases),
        "erp/orders.xlsx": orders(story.purchases),
        "ads/spend.csv": spend(),
        ".gitignore": b"hub.db*\n",
        "connectors.toml": CONNECTORS.encode(),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
