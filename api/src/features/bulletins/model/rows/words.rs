//! What editors write in cells, as the words of the API.

use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use entity::bulletin::{BulletinKind, Probability, RemedyOption};
use entity::lab_capability::ProductClass;
use entity::lab_result::ResultVerdict;

pub(super) fn kind(text: &str) -> Option<BulletinKind> {
    Some(match text {
        "消费警示" => BulletinKind::ConsumerWarning,
        "召回" => BulletinKind::Recall,
        "监督抽查" => BulletinKind::SpotCheck,
        "质量状况" => BulletinKind::QualityStatus,
        _ => return None,
    })
}

pub(super) fn probability(text: &str) -> Option<Probability> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    Some(match plain.as_str() {
        "大于1/2" => Probability::EveryOther,
        "大于1/10" => Probability::Tenth,
        "大于1/100" => Probability::Hundredth,
        "大于1/1000" => Probability::Thousandth,
        "大于1/10000" => Probability::TenThousandth,
        "大于1/100000" => Probability::HundredThousandth,
        "大于1/1000000" => Probability::Millionth,
        "不大于1/1000000" => Probability::Rarer,
        _ => return None,
    })
}

pub(super) fn class(text: &str) -> Option<ProductClass> {
    ProductClass::all().find(|class| class.label() == text)
}

pub(super) fn verdict(text: &str) -> Option<ResultVerdict> {
    Some(match text {
        "合格" => ResultVerdict::Pass,
        "不合格" => ResultVerdict::Fail,
        "未判定" => ResultVerdict::NotJudged,
        _ => return None,
    })
}

pub(super) fn remedies(text: &str) -> Option<Vec<RemedyOption>> {
    let one = |word: &String| {
        Some(match word.as_str() {
            "修理" => RemedyOption::Repair,
            "更换" => RemedyOption::Replace,
            "退货" => RemedyOption::Refund,
            "补充警示" => RemedyOption::AmendWarning,
            _ => return None,
        })
    };
    list(text).iter().map(one).collect()
}

/// Several values in one cell.
pub(super) fn list(text: &str) -> Vec<String> {
    let parts = text.split(['、', '，', ',', '；', ';', '\n']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

pub(super) fn number<N: FromStr>(text: &str) -> Option<N> {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '，')).collect();
    plain.parse().ok()
}

pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let forms = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"];
    let day = forms.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    day.filter(|day| (1900..9999).contains(&day.year()))
}

/// What should have stood there.
pub(super) fn expected(path: &str) -> &'static str {
    match path {
        "issued_on" | "produced_from" | "produced_until" => "应为日期，如 2026-11-20",
        "severity" | "number_of_units" => "应为整数",
        _ => "不是允许的取值，请按模板填写",
    }
}
