//! What a copy of one's data says about itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// `manifest.json`
#[derive(Debug, Serialize)]
pub struct Manifest {
    /// Raised when the files change their form.
    pub format_version: u32,
    pub export_id: Uuid,
    pub account_id: Uuid,
    pub made_at: DateTime<Utc>,
    pub files: Vec<Entry>,
    pub left_out: Vec<Omission>,
}

/// One file of the copy.
#[derive(Debug, Serialize)]
pub struct Entry {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    /// What the data is for.
    pub purpose: &'static str,
    pub retention: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// Fields that are not in it, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<&'static str, &'static str>,
}

/// A kind of record that is not in the copy at all.
#[derive(Debug, Serialize)]
pub struct Omission {
    pub kind: &'static str,
    pub reason: &'static str,
}

/// `README.txt`
#[must_use]
pub fn readme(made_on: &str) -> String {
    format!(
        "个人信息副本\r\n\
         \r\n\
         本压缩包依照《中华人民共和国个人信息保护法》第四十五条，根据您的申请于 {made_on} 生成，\
         包含我们处理的与您有关的个人信息。\r\n\
         \r\n\
         manifest.json　　文件清单：用途、保存期限、校验值（SHA-256）以及未提供的内容和理由\r\n\
         *.json　　　　　 各类记录，UTF-8 编码，可由计算机程序读取；时间为协调世界时（UTC）\r\n\
         attachments/　　 您上传的文件（如有）\r\n\
         \r\n\
         如发现信息不准确或者不完整，可以在小程序中申请更正；不再使用服务时，可以申请注销账号。\r\n\
         文件含有您的个人信息，请妥善保管。\r\n"
    )
}
