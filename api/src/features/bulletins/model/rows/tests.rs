use entity::bulletin::RemedyOption;
use entity::bulletin_import::SheetFormat;

use super::*;
use crate::features::bulletins::model::read;

const HEAD: &str = "公告序号*,公告类型,标题,摘要,发布机关,发布日期,危害,严重程度,发生概率,补救方式,产品名称,产品类别,\
                    品牌,型号,商品条码,检验项目,标准,实测值,标准值,检验结论";

fn parsed(rows: &str) -> Parsed {
    let sheet = read(SheetFormat::Csv, format!("{HEAD}\n{rows}").as_bytes()).unwrap();
    parse(sheet, NaiveDate::from_ymd_opt(2026, 11, 20).unwrap())
}

fn wrong(rows: &str) -> Vec<(u32, String, String)> {
    let problems = parsed(rows).problems.listed.into_iter();
    problems.map(|problem| (problem.row, problem.column, problem.code)).collect()
}

fn at(row: u32, column: &str, code: &str) -> (u32, String, String) {
    (row, column.to_owned(), code.to_owned())
}

const RECALL: &str = "1,召回,召回座椅,卡扣断裂。,市场监管总局,2026/11/1,卡扣断裂,3,大于1/1000,退货、更换,座椅,妇幼老年及残疾人用品,好孩,A-1、A-2,6901234567892,,,,,";
const CHECK: &str = "2,监督抽查,抽查玩具,三批不合格。,市场监管总局,2026年11月01日,,,,,玩具,其他,甲,X,,小零件,GB 6675.2-2014,脱落,不脱落,不合格";

#[test]
fn rows_become_bulletins_products_and_findings() {
    let more = "2,,,,,,,,,,,,,,,邻苯,GB 6675.1-2014,0.2,0.1,不合格\n2,,,,,,,,,,娃娃,其他,乙,Y,,小零件,GB 6675.2-2014,无,无,合格";
    let parsed = parsed(&format!("{RECALL}\n{CHECK}\n{more}"));
    assert_eq!((parsed.rows, parsed.problems.count), (4, 0), "{:?}", parsed.problems);
    let [recall, check] = parsed.drafts.as_slice() else { panic!("two bulletins") };
    let seat = &recall.bulletin.products[0];
    assert_eq!(seat.models, ["A-1", "A-2"]);
    assert_eq!(recall.bulletin.remedy_options, [RemedyOption::Refund, RemedyOption::Replace]);
    let counts: Vec<_> =
        check.bulletin.products.iter().map(|product| product.findings.len()).collect();
    assert_eq!(counts, [2, 1]);
}

#[test]
fn every_mistake_names_its_row_and_column() {
    assert_eq!(wrong(&RECALL.replace("大于1/1000", "常常")), [at(2, "发生概率", "unknown_value")]);
    assert_eq!(wrong(&RECALL.replace("2026/11/1", "昨天")), [at(2, "发布日期", "unknown_value")]);
    assert_eq!(
        wrong(&RECALL.replace("2026/11/1", "2027/11/1")),
        [at(2, "发布日期", "out_of_range")]
    );
    assert_eq!(wrong(&RECALL.replace(",3,", ",9,")), [at(2, "严重程度", "out_of_range")]);
    assert_eq!(wrong(&RECALL.replace("892", "890")), [at(2, "商品条码", "gtin_invalid")]);
    assert_eq!(wrong(&RECALL.replace(",座椅,", ",,")), [at(2, "产品名称", "required")]);
    assert_eq!(
        wrong(&RECALL.replace("1,召回,", ",召回,")).first(),
        Some(&at(2, "公告序号", "required"))
    );
    let other = RECALL.replace("召回座椅", "另一个标题").replace(",座椅,", ",椅子,");
    assert_eq!(wrong(&format!("{RECALL}\n{other}")), [at(3, "标题", "conflict")]);
    assert_eq!(wrong(&format!("{RECALL}\n{RECALL}")), [at(3, "产品名称", "conflict")]);
    let bad = "2,,,,,,,,,,,,,,,邻苯,,0.2,,差";
    let found = wrong(&format!("{RECALL}\n{CHECK}\n{bad}"));
    assert_eq!(found, [at(4, "标准", "required"), at(4, "检验结论", "unknown_value")]);
    assert_eq!(wrong(&format!("{RECALL}{}", ",".repeat(30) + "x")), [at(2, "", "unknown_column")]);
}

#[test]
fn a_head_that_is_not_ours_is_told_before_anything_else() {
    let sheet = read(SheetFormat::Csv, "标题,标题,备注\na,b,c".as_bytes()).unwrap();
    let parsed = parse(sheet, NaiveDate::default());
    let codes: Vec<&str> =
        parsed.problems.listed.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(&codes[..2], ["conflict", "unknown_column"]);
    assert!(codes[2..].iter().all(|code| *code == "missing_column"));
    assert!(parsed.drafts.is_empty());
    let empty = parse(read(SheetFormat::Csv, b"").unwrap(), NaiveDate::default());
    assert_eq!(empty.problems.count, 1);
}

#[test]
fn the_template_names_every_column_once() {
    let titles: std::collections::BTreeSet<_> = COLUMNS.iter().map(|c| c.title).collect();
    let paths: std::collections::BTreeSet<_> = COLUMNS.iter().map(|c| c.path).collect();
    assert_eq!((titles.len(), paths.len()), (COLUMNS.len(), COLUMNS.len()));
}
