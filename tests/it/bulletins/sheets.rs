//! Sheets, good and bad, and what becomes of the bad ones.

use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{Formula, Workbook};
use serde_json::json;
use tests::{Person, Role, TestApp, TestResponse, backends};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

pub const HEAD: [&str; 21] = [
    "公告序号*",
    "公告类型",
    "标题",
    "摘要",
    "发布机关",
    "发布日期",
    "危害",
    "严重程度",
    "发生概率",
    "补救方式",
    "产品名称",
    "产品类别",
    "品牌",
    "型号",
    "商品条码",
    "检验项目",
    "标准",
    "实测值",
    "标准值",
    "检验结论",
    "地区代码",
];
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub type Row = Vec<String>;

fn row(cells: &[&str]) -> Row {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

pub fn recall_row(number: &str) -> Row {
    row(&[
        number,
        "召回",
        "召回儿童安全座椅",
        "卡扣可能断裂。",
        "市场监管总局",
        "2026-11-01",
        "卡扣强度不足",
        "3",
        "大于1/1000",
        "更换、退货",
        "儿童安全座椅",
        "妇幼老年及残疾人用品",
        "好孩",
        "GB-1、GB-2",
        "6901234567892",
        "",
        "",
        "",
        "",
        "",
    ])
}

pub fn check_row(number: &str, brand: &str, item: &str) -> Row {
    row(&[
        number,
        "监督抽查",
        "玩具抽查结果",
        "三批次不合格。",
        "市场监管总局",
        "2026/11/1",
        "",
        "",
        "",
        "",
        "毛绒玩具",
        "其他",
        brand,
        "",
        "",
        item,
        "GB 6675.2-2014",
        "脱落",
        "不脱落",
        "不合格",
    ])
}

pub fn csv(rows: &[Row]) -> Vec<u8> {
    let lines = rows.iter().map(|row| row.join(","));
    let head = HEAD.join(",");
    [head].into_iter().chain(lines).collect::<Vec<_>>().join("\r\n").into_bytes()
}

pub fn workbook(rows: &[Row]) -> Vec<u8> {
    workbook_with(rows, |_| {})
}

fn workbook_with(rows: &[Row], change: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, title) in (0..).zip(HEAD) {
        sheet.write_string(0, column, title).unwrap();
    }
    for (at, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            match cell.parse::<f64>() {
                Ok(number) => drop(sheet.write_number(at, column, number).unwrap()),
                Err(_) => drop(sheet.write_string(at, column, cell).unwrap()),
            }
        }
    }
    change(sheet);
    book.save_to_buffer().unwrap()
}

/// The same workbook with a part added, or put in the place of one.
fn with_part(book: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(book)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).unwrap();
        if part.name().unwrap() != name {
            out.raw_copy_file(part).unwrap();
        }
    }
    out.start_file(name, SimpleFileOptions::default()).unwrap();
    out.write_all(content).unwrap();
    out.finish().unwrap().into_inner()
}

pub async fn upload(app: &TestApp, who: &Person, format: &str, file: Vec<u8>) -> TestResponse {
    let kind = if format == "csv" { "text/csv; charset=utf-8" } else { XLSX };
    app.post("/api/v1/staff/bulletin-imports").by(who).raw(kind, file).send().await
}

backends! {
    async fn what_is_no_sheet_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let good = workbook(&[recall_row("1")]);
        let encrypted = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".repeat(200);
        for broken in [
            Vec::new(), b"PK\x03\x04".to_vec(), good[..good.len() / 2].to_vec(), good[..good.len() - 30].to_vec(),
            encrypted, b"<html></html>".to_vec(), tests::png(3, 3),
            with_part(&good, "xl/workbook.xml", b"<workbook"), with_part(&good, "xl/worksheets/sheet1.xml", b"\xFF\xFE"),
        ] {
            let length = broken.len();
            let reply = upload(app, &editor, "xlsx", broken).await;
            assert_eq!(reply.json()["code"], "sheet_broken", "{length} bytes: {}", reply.text());
            reply.problem(422, "sheet_broken");
        }
        for broken in [b"\xB1\xEA\xCC\xE2,\xB1".to_vec(), workbook(&[recall_row("1")])] {
            upload(app, &editor, "csv", broken).await.problem(422, "sheet_broken");
        }
        for kind in ["text/plain", "application/vnd.ms-excel", "application/vnd.ms-excel.sheet.macroEnabled.12", "application/json", ""] {
            let post = app.post("/api/v1/staff/bulletin-imports").by(&editor).raw(kind, good.clone());
            post.send().await.problem(415, "unsupported_media_type");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletin_imports").await, 0);
    }

    async fn what_would_blow_up_is_not_blown_up(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let good = workbook(&[recall_row("1")]);
        let bomb = with_part(&good, "xl/media/image1.png", &vec![0; 64 * 1024 * 1024]);
        assert!(bomb.len() < 200_000);
        let many = (0..250).fold(ZipWriter::new(Cursor::new(Vec::new())), |mut out, n| {
            out.start_file(format!("{n}"), SimpleFileOptions::default()).unwrap();
            out
        });
        let many = many.finish().unwrap().into_inner();
        // Two cells that span a rectangle of seventeen billion.
        let corners = workbook_with(&[recall_row("1")], |sheet| {
            sheet.write_string(1_048_575, 16_383, "x").unwrap();
        });
        let tall = workbook(&vec![recall_row("1"); 1_001]);
        for sheet in [bomb, many, corners, tall] {
            upload(app, &editor, "xlsx", sheet).await.problem(422, "sheet_too_large");
        }
        let wide = format!("{}\n{}", HEAD.join(","), "x,".repeat(10_000)).into_bytes();
        upload(app, &editor, "csv", wide).await.problem(422, "sheet_too_large");
        upload(app, &editor, "csv", vec![b'x'; 3 * 1024 * 1024]).await.problem(413, "body_too_large");
        let long = format!("{}\n{}", HEAD.join(","), "x".repeat(100_000)).into_bytes();
        let import = upload(app, &editor, "csv", long).await.expect(201);
        assert_eq!(import["problems"][0]["code"], "too_long");
    }

    async fn what_acts_by_itself_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let good = workbook(&[recall_row("1")]);
        for active in [
            with_part(&good, "xl/vbaProject.bin", b"macro"),
            with_part(&good, "xl/macrosheets/sheet1.xml", b"<x/>"),
            with_part(&good, "[Content_Types].xml", b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"),
        ] {
            upload(app, &editor, "xlsx", active).await.problem(422, "sheet_active");
        }
        // A formula shows what its file says it shows; nobody can check that.
        let formula = workbook_with(&[recall_row("1")], |sheet| {
            sheet.write_formula(1, 2, Formula::new("=HYPERLINK(\"http://x\")").set_result("标题")).unwrap();
        });
        let import = upload(app, &editor, "xlsx", formula).await.expect(201);
        assert_eq!([&import["problems"][0]["row"], &import["problems"][0]["column"], &import["problems"][0]["code"]],
            [&json!(2), &json!("标题"), &json!("formula")]);
        // Text that begins like one is text.
        let mut text = recall_row("1");
        text[2] = "=1+1".to_owned();
        let import = upload(app, &editor, "csv", csv(&[text])).await.expect(201);
        assert_eq!(import["status"], "checked", "{import}");
    }
}
