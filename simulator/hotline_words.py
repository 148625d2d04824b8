"""What city hotline cases are about: categories of three levels, urgency, and the clerk's sentences, all invented."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Flags, Ints, Texts, texts
from simulator.people import pick

HEATING = "供热"
OUTAGE_SUBCATEGORY, OUTAGE_WORDING = 1, 3  # 停热, and the whole building is cold
SUBCATEGORIES = {
    HEATING: ("室温不达标", "停热", "暖气漏水", "供热收费", "报停复热"),
    "物业": ("物业服务", "电梯故障", "小区环境", "公共设施维修"),
    "城市管理": ("占道经营", "违章建筑", "市容环境", "噪声扰民"),
    "交通出行": ("公交线路", "停车管理", "道路设施", "网约车"),
    "住房建设": ("房屋漏水", "老旧小区改造", "施工质量"),
    "社会保障": ("养老保险", "医保报销", "劳动报酬", "社保卡"),
    "消费维权": ("退款纠纷", "预付卡", "食品安全", "虚假宣传"),
    "医疗卫生": ("挂号就诊", "疫苗接种", "医疗服务"),
    "教育": ("入学政策", "校外培训", "校园管理"),
    "供水排水": ("停水", "水压不足", "管网漏水", "污水外溢"),
    "环境保护": ("油烟扰民", "扬尘污染", "异味"),
    "其他": ("政策咨询", "综合服务"),
}
CATEGORIES = tuple(SUBCATEGORIES)
NAMES = texts([name for names in SUBCATEGORIES.values() for name in names])
FIRST_NAME = np.cumsum([0, *map(len, SUBCATEGORIES.values())])
UNFILED_SHARE = 0.03
URGENCIES = ("一般", "紧急", "特急")
URGENCY_WEIGHTS, HEATING_URGENCY_WEIGHTS = (0.90, 0.09, 0.01), (0.70, 0.26, 0.04)
HEATING_CONTENTS = (
    "家中室温偏低，老人和孩子受冻，请尽快处理。",
    "入户测温只有１６度，\n暖气片上热下凉，请派人检修。",
    '物业说"正在升温"，至今没有改善。',
    "换热站停泵，整栋楼不热，请回电10000001234。",
)
OTHER_CONTENTS = (
    "请相关部门核实处理并回复。",
    '多次反映"无人管理"，\n希望尽快解决。',
    "咨询办理流程，需要哪些材料？",
    "已联系社区，尚未答复。",
)
CONTENT_WEIGHTS = (0.7, 0.1, 0.1, 0.1)


def subcategory_count(category: Ints) -> Ints:
    """How many subcategories each category has."""
    found: Ints = np.diff(FIRST_NAME)[category]
    return found


def subcategory_names(category: Ints, subcategory: Ints, rng: np.random.Generator) -> Texts:
    """Level 3 of each case; some clerks leave it out."""
    names: Texts = NAMES[FIRST_NAME[category] + subcategory]
    names[rng.random(len(names)) < UNFILED_SHARE] = ""
    return names


def urgencies(is_heating: Flags, rng: np.random.Generator) -> Texts:
    count = len(is_heating)
    heating, other = pick(rng, HEATING_URGENCY_WEIGHTS, count), pick(rng, URGENCY_WEIGHTS, count)
    return texts(list(URGENCIES))[np.where(is_heating, heating, other)]


def contents(category: Ints, subcategory: Ints, wording: Ints, place: Texts, is_again: Flags) -> Texts:
    """The clerk's sentence: where, what, and what the caller wants; who calls again says so and the same."""
    opening = texts(np.where(is_again, "模拟诉求：再次来电，", "模拟诉求：").tolist())
    wish = np.where(category == 0, texts(list(HEATING_CONTENTS))[wording], texts(list(OTHER_CONTENTS))[wording])
    told: Texts = opening + place + "反映" + NAMES[FIRST_NAME[category] + subcategory] + "问题，" + wish
    return told
