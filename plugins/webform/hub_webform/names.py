"""What forms call their fields: tables from canonical names to field names, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CLICK_IDS", "FIELDS", "TOUCH", "UTM", "folded"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "full_name": (
        "name",
        "full_name",
        "fullname",
        "your_name",
        "contact_name",
        "姓名",
        "名字",
        "称呼",
        "联系人",
    ),
    "given_name": ("given_name", "first_name", "firstname", "fname", "名"),
    "family_name": ("family_name", "last_name", "lastname", "surname", "lname", "姓", "姓氏"),
    "emails": (
        "email",
        "e_mail",
        "mail",
        "email_address",
        "your_email",
        "邮箱",
        "电子邮箱",
        "邮件",
        "电子邮件",
    ),
    "phones": (
        *("phone", "tel", "mobile", "telephone", "cell", "phone_number", "mobile_phone", "your_phone"),
        *("手机", "手机号", "手机号码", "电话", "联系电话", "电话号码", "联系方式"),
    ),
    "organization": ("company", "organization", "organisation", "company_name", "公司", "公司名称", "单位"),
    "job_title": ("job_title", "position", "职位", "职务"),
    "street": ("address", "street", "street_address", "address_1", "地址", "详细地址"),
    "street_2": ("street_2", "address_2"),
    "city": ("city", "town", "城市"),
    "region": ("region", "state", "province", "省份", "省"),
    "postal_code": ("postal_code", "zip", "zip_code", "postcode", "邮编", "邮政编码"),
    "country": ("country", "国家"),
    "birth_date": ("birth_date", "birthday", "date_of_birth", "dob", "生日", "出生日期"),
    "gender": ("gender", "sex", "性别"),
    "language": ("language", "lang", "locale", "语言"),
    "handles.wechat": ("wechat", "weixin", "wechat_id", "微信", "微信号"),
    "handles.qq": ("qq", "QQ号"),
    "subject": ("subject", "topic", "your_subject", "主题", "标题"),
    "body": (
        "message",
        "comments",
        "comment",
        "your_message",
        "inquiry",
        "question",
        "留言",
        "内容",
        "备注",
        "咨询内容",
    ),
}
"""``handles.NETWORK`` makes a handle of that network, ``consent.PURPOSE`` an answer to that purpose."""

UTM: Mapping[str, str] = {
    "source": "utm_source",
    "medium": "utm_medium",
    "campaign": "utm_campaign",
    "term": "utm_term",
    "content": "utm_content",
}

TOUCH: Mapping[str, tuple[str, ...]] = {
    "referrer": ("referrer", "referer", "document_referrer"),
    "landing_url": ("landing_url", "landing_page", "page_url", "page_location"),
}

CLICK_IDS: tuple[str, ...] = (
    *("gclid", "gbraid", "wbraid", "dclid", "msclkid", "fbclid", "ttclid", "twclid", "li_fat_id", "yclid"),
    *("epik", "sccid", "rdt_cid", "igshid", "bd_vid", "qhclickid", "srsltid", "mc_eid"),
)


def folded(name: str) -> str:
    """How field names are compared: ``Your-Name`` is ``your_name``."""
    return name.strip().replace("-", "_").replace(" ", "_").casefold()
