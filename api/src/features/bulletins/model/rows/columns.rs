/// What a column speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Bulletin,
    Product,
    Finding,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    /// The field of the request that it fills.
    pub path: &'static str,
    pub level: Level,
    /// The head must have it.
    pub is_needed: bool,
    /// What may stand in it, as the template says.
    pub hint: &'static str,
}

const fn of(
    level: Level,
    title: &'static str,
    path: &'static str,
    is_needed: bool,
    hint: &'static str,
) -> Column {
    Column { title, path, level, is_needed, hint }
}

use Level::{Bulletin, Finding, Product};

/// In the order of the template.
pub const COLUMNS: &[Column] = &[
    of(Bulletin, "公告序号", "reference", true, "同一公告的各行填写相同的序号"),
    of(Bulletin, "公告类型", "kind", true, "消费警示、召回、监督抽查、质量状况"),
    of(Bulletin, "标题", "title", true, "不超过 120 字"),
    of(Bulletin, "摘要", "summary", true, "不超过 1000 字"),
    of(Bulletin, "发布机关", "issuing_authority", true, ""),
    of(Bulletin, "发布日期", "issued_on", true, "如 2026-11-20"),
    of(Bulletin, "地区代码", "region_code", false, "行政区划代码，空白为全国"),
    of(Bulletin, "危害", "hazard", false, "消费警示和召回必填"),
    of(Bulletin, "后果", "harm", false, ""),
    of(Bulletin, "严重程度", "severity", false, "1 至 4，4 最重；消费警示和召回必填"),
    of(
        Bulletin,
        "发生概率",
        "probability",
        false,
        "大于1/2、大于1/10、大于1/100、大于1/1000、大于1/10000、大于1/100000、大于1/1000000、不大于1/1000000",
    ),
    of(Bulletin, "伤害情况", "injuries", false, ""),
    of(Bulletin, "处置措施", "measures", false, ""),
    of(Bulletin, "补救方式", "remedy_options", false, "修理、更换、退货、补充警示；召回必填"),
    of(Bulletin, "涉及数量", "number_of_units", false, "整数"),
    of(Bulletin, "客服电话", "consumer_contact", false, "生产者的客服电话"),
    of(Bulletin, "来源文件", "source_document", false, "文件名称或文号"),
    of(Bulletin, "来源网址", "source_url", false, "http 或 https 网址"),
    of(Product, "产品名称", "name", true, ""),
    of(
        Product,
        "产品类别",
        "product_class",
        true,
        "家用电器、消费类电子、家居装饰装修产品、服装服饰产品、妇幼老年及残疾人用品、化妆品和日用化学品、\
         文教体育休闲用品、传统文化产品、食品及相关产品、其他",
    ),
    of(Product, "品牌", "brand", false, ""),
    of(Product, "型号", "models", false, "多个用顿号分隔"),
    of(Product, "批次", "batches", false, "多个用顿号分隔"),
    of(Product, "商品条码", "gtins", false, "8、12、13 或 14 位，多个用顿号分隔"),
    of(Product, "生产者", "manufacturer", false, ""),
    of(Product, "销售者", "retailer", false, ""),
    of(Product, "生产日期起", "produced_from", false, "如 2026-01-01"),
    of(Product, "生产日期止", "produced_until", false, "如 2026-06-30"),
    of(Finding, "检验项目", "item", false, "监督抽查必填；同一产品的多个项目分行填写"),
    of(Finding, "标准", "standard", false, "如 GB 6675.2-2014 4.4"),
    of(Finding, "实测值", "value", false, ""),
    of(Finding, "标准值", "limit", false, ""),
    of(Finding, "检验结论", "verdict", false, "合格、不合格、未判定"),
];

pub(super) fn title_of(path: &str) -> Option<&'static str> {
    COLUMNS.iter().find(|column| column.path == path).map(|column| column.title)
}
