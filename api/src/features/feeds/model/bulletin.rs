//! A bulletin as a text.

use entity::bulletin::{BulletinKind, BulletinStatus, Model, RemedyOption};
use entity::bulletin_product;
use pulldown_cmark::{Event, Tag, TagEnd, html::push_html};

#[must_use]
pub fn kind_name(kind: BulletinKind) -> &'static str {
    match kind {
        BulletinKind::ConsumerWarning => "消费警示",
        BulletinKind::Recall => "缺陷消费品召回",
        BulletinKind::SpotCheck => "监督抽查结果",
        BulletinKind::QualityStatus => "质量状况",
    }
}

fn remedy_name(remedy: RemedyOption) -> &'static str {
    match remedy {
        RemedyOption::Repair => "修理",
        RemedyOption::Replace => "更换",
        RemedyOption::Refund => "退货",
        RemedyOption::AmendWarning => "修正或补充标识",
    }
}

/// Paragraphs, as HTML without attributes. Of what was withdrawn only the reason.
#[must_use]
pub fn html(row: &Model, products: &[bulletin_product::Model]) -> String {
    let mut paragraphs: Vec<(&str, String)> = Vec::new();
    let mut add = |label, text: Option<&str>| {
        paragraphs
            .extend(text.filter(|text| !text.is_empty()).map(|text| (label, text.to_owned())));
    };
    let note = row.change_note.as_deref();
    if row.status == BulletinStatus::Withdrawn {
        add("撤回原因", note);
        return written(paragraphs);
    }
    add("更正", note);
    add("", Some(&row.summary));
    let products: Vec<String> = products.iter().map(product_name).collect();
    add("产品", Some(&products.join("；")));
    add("危害", row.hazard.as_deref());
    add("可能造成的伤害", row.harm.as_deref());
    add("已知伤害", row.injuries.as_deref());
    add("措施", row.measures.as_deref());
    let remedies: Vec<RemedyOption> =
        serde_json::from_value(row.remedy_options.clone()).unwrap_or_default();
    let remedies: Vec<&str> = remedies.into_iter().map(remedy_name).collect();
    add("补救方式", Some(&remedies.join("、")));
    let units = row.number_of_units.map(|units| units.to_string());
    add("涉及数量", units.as_deref());
    add("咨询方式", row.consumer_contact.as_deref());
    add("发布单位", Some(&row.issuing_authority));
    add("编号", row.number.as_deref());
    add("来源文件", row.source_document.as_deref());
    add("原文", row.source_url.as_deref());
    written(paragraphs)
}

fn product_name(product: &bulletin_product::Model) -> String {
    let more = [product.brand.as_deref(), product.manufacturer.as_deref()];
    let more: Vec<&str> = more.into_iter().flatten().collect();
    if more.is_empty() {
        product.name.clone()
    } else {
        format!("{}（{}）", product.name, more.join("，"))
    }
}

fn written(paragraphs: Vec<(&str, String)>) -> String {
    let events = paragraphs.into_iter().flat_map(|(label, text)| {
        let text = if label.is_empty() { text } else { format!("{label}：{text}") };
        let (start, end) = (Event::Start(Tag::Paragraph), Event::End(TagEnd::Paragraph));
        [start, Event::Text(text.into()), end]
    });
    let mut html = String::new();
    push_html(&mut html, events);
    html
}
