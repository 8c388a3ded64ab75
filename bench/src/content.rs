//! Articles to read: as many as a page of the list has, each about 4 KB as JSON.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

const ARTICLES: usize = 20;
const PARAGRAPHS: usize = 8;
const PARAGRAPH: &str = "选购儿童安全座椅，先看**强制性产品认证标志**，再看是否适合孩子的身高和体重；\
安装后用力摇动，位移不应明显。玩具应标明适用年龄，三岁以下的孩子不要玩有小零件的玩具。\
电热毯、充电宝等产品应到正规渠道购买并留好凭证，发现缺陷及时停用并向市场监管部门反映。\
拿不准的产品可以预约免费检测，由检测机构给出结果和建议。";

/// Writes what `sanjin import articles` reads.
///
/// # Errors
/// The folder cannot be written.
pub fn write_articles(folder: &Path) -> anyhow::Result<PathBuf> {
    let folder = folder.join("articles");
    fs::create_dir_all(&folder)?;
    for number in 1..=ARTICLES {
        let mut text = format!(
            "---\ntitle: 消费品质量安全知识第 {number} 讲\ncategory: knowledge\n\
             issuer: 消费品质量安全公共服务\nissued_on: 2026-11-01\n---\n"
        );
        for part in 1..=PARAGRAPHS {
            write!(text, "\n## 第 {part} 节\n\n{PARAGRAPH}\n")?;
        }
        fs::write(folder.join(format!("bench-{number:02}.md")), text)
            .context("cannot write the articles")?;
    }
    Ok(folder)
}
