"""The fixed words of the pages that tell where columns come from, and why a published one may rest on personal data."""

from __future__ import annotations

from reporting.brief import Text

LINEAGE = {
    "lineage_says": Text("每个发布字段从哪里来", "where each published column comes from"),
    "lineage_title": Text("字段来路", "Where each column comes from"),
    "lineage_lead": Text(
        "由 dbt 实际执行的 SQL 逐列推出，不是手工填写。来源指字段的表达式所读取的列；筛选、连接与分组只决定有哪些行，"
        "单独列在各表末尾。",
        "Derived column by column from the SQL that dbt ran, not filled in by hand. A source is a column that the "
        "expression reads; filters, joins and groupings only choose rows and stand at the end of each table.",
    ),
    "lineage_whole": Text("全部模型均已读懂", "Every model was read"),
    "lineage_partly": Text("有模型未能读懂", "Some models could not be read"),
    "lineage_unread_says": Text(
        "它们的每一列都按“可能来自该模型的全部输入”处理。",
        "Each of their columns is taken to rest on all that goes into the model.",
    ),
    "lineage_count": Text("发布表 / 字段 / 模型", "Tables / columns / models"),
    "step_list": Text("怎样得来", "What is done"),
    "by_table": Text("发布的表", "Published tables"),
    "kpi_tables": Text("指标与核对", "KPIs and checks"),
    "fact_tables": Text("事实表", "Facts"),
    "dim_tables": Text("维度表", "Dimensions"),
    "meta_tables": Text("发布信息", "About the release"),
    "not_of_models": Text(
        "由发布程序直接写入，不经过模型：记录批次、检查、运行与本次发布。",
        "Written by the release itself, not by a model: deliveries, checks, runs and the release.",
    ),
    "columns": Text("字段", "Columns"),
    "column": Text("字段", "Column"),
    "made_of": Text("直接来源", "Made of"),
    "comes_from": Text("最初来源", "Goes back to"),
    "in_models": Text("中间各层", "The layers between"),
    "by_feed": Text("按数据源看：每个报送字段去了哪里", "By feed: where each delivered column goes"),
    "feed_columns": Text("报送字段的去向", "Where delivered columns go"),
    "feed_columns_says": Text(
        "数据源契约中的每一列，以及依赖它的发布表。“不发布”指没有任何发布字段读取它，也不决定发布哪些行。",
        "Each column of the contracts and the published tables that rest on it. “Not published”: no published column "
        "reads it, and it chooses no rows of one.",
    ),
    "header": Text("报送表头", "Header in the file"),
    "goes_to": Text("进入的发布表", "Published in"),
    "goes_nowhere": Text("不发布", "Not published"),
    "chooses_in": Text("张表只用它筛选、连接或分组", "tables only filter, join or group by it"),
    "tables_n": Text("张表", "tables"),
    "columns_n": Text("个字段", "columns"),
    "columns_of": Text("列，来自", "columns of"),
    "of_tables": Text("张表", "tables"),
    "rows_of": Text("行数", "rows"),
    "fixed": Text("写在模型中的固定值", "A fixed value written in the model"),
    "conditions": Text("决定有哪些行的列", "What chooses the rows"),
    "used_by": Text("使用者", "Used by"),
    "used_by_all": Text("全部发布表的使用者", "All published tables are used by"),
    "show_model": Text("模型与 SQL", "Model and SQL"),
    "unread": Text("未读懂", "Not read"),
    "personal_mark": Text("涉及个人信息", "from personal data"),
    "personal_title": Text("个人信息列的去向", "Where personal data go"),
    "personal_says": Text(
        "契约中标为个人信息的列。入库时已丢弃或换成带密钥的令牌；发布的数字至多是对令牌的计数与比对，下面逐项说明理由。",
        "Columns that a contract calls personal. They are dropped at the door or become keyed tokens; what is "
        "published at most counts or compares tokens, and each case has its reason here.",
    ),
    "class": Text("类别", "Class"),
    "at_the_door": Text("入库时", "At the door"),
    "published_from": Text("由此得出的发布字段", "Published columns that rest on it"),
    "no_column": Text("没有发布字段由此得出", "No published column rests on it"),
    "no_reason": Text("尚无说明", "No reason is given yet"),
    "group_tables": Text("发布的表与字段", "Published tables and columns"),
    "layer_staging": Text("标准层各模型的字段", "Columns of staging"),
    "layer_intermediate": Text("中间层各模型的字段", "Columns of the intermediate models"),
    "layer_inner": Text("不发布的事实与指标模型", "Facts and KPI models that are not published"),
    "lineage_file": Text("同样内容的数据文件", "The same as a data file"),
    "of_kpi_columns": Text("这张指标表逐个字段的来路", "This table of figures column by column"),
}  # fmt: skip

STEPS = {
    "constant": (Text("固定值", "constant"), Text("不读取任何列", "reads no column")),
    "passed": (Text("原样", "as it is"), Text("同一个值，同一个名称", "the same value under the same name")),
    "renamed": (Text("改名", "renamed"), Text("同一个值，另一个名称", "the same value under another name")),
    "computed": (Text("计算", "computed"), Text("由一行之内或相邻行算出", "worked out within a row or from its like")),
    "aggregated": (Text("汇总", "aggregated"), Text("由多行合成一个值", "many rows put together")),
    "program": (
        Text("程序", "program"),
        Text("由 Python 模型算出，列出它提到的输入列", "by a model in Python: the input columns that it names"),
    ),
}  # fmt: skip

CLASSES = {"personal": Text("个人信息", "personal"), "sensitive": Text("敏感个人信息", "sensitive personal")}
DOOR = {
    "drop": Text("丢弃", "dropped"),
    "token": Text("换成令牌", "keyed token"),
    "fingerprint": Text("换成指纹", "keyed fingerprint"),
}

# Why published columns may rest on a column of personal data, by feed and column; they may rest on no other.
REPEATS = Text(
    "同一诉求人或同一楼院的重复诉求归并为一件事，只发布件数与比率。",
    "Repeats of one caller or building count as one matter; only counts and rates are published.",
)
REASONS = {
    ("hotline_city", "caller_token"): REPEATS,
    ("hotline_city", "place_token"): REPEATS,
    ("hotline_city", "content_fingerprint"): Text(
        "只比对两件诉求的内容是否相近，以归并重复；指纹不能还原成文字。",
        "Only compares whether two requests are alike, to find repeats; no words can be had back from a fingerprint.",
    ),
    ("hotline_province", "caller_token"): REPEATS,
    ("grid_worker", "worker_token"): Text(
        "网格员人数去重；一人多格时取其主网格，发布的是网格编号与日期，不是人。",
        "Grid workers are counted once; of one who serves two grids the grid and the day are named, not the person.",
    ),
    ("capacity_training", "worker_token"): Text("只用于人数去重计数。", "Tells persons apart, to count each once."),
    ("capacity_worker", "worker_token"): Text(
        "只用于接续同一人的在岗记录、对上培训记录，以计人数。",
        "Only joins the records of one person, in post and in training, to count persons.",
    ),
    ("capacity_points_entry", "account_token"): Text(
        "积分账户去重计数；不足五户的积分不发布。",
        "Points accounts are counted once; sums of fewer than five accounts are not published.",
    ),
    ("capacity_points_entry", "rater_token"): Text(
        "只核对是否自评，发布的是不合格笔数。",
        "Only asks whether somebody rated himself; what is published is a count of entries.",
    ),
}  # fmt: skip
