//! Every table of the schema. A new one is a few lines in one of these lists, or
//! `tests/it/personal_data` fails.

use super::Table;

mod account;
mod activity;
mod bulletins;
mod cases;
mod content;
mod labs;
mod minors;
mod nobody;
mod readers;
mod results;
mod rights;

const LISTS: [&[Table]; 11] = [
    account::ACCOUNT,
    minors::MINORS,
    activity::ACTIVITY,
    cases::CASES,
    readers::READERS,
    results::RESULTS,
    rights::RIGHTS,
    labs::LABS,
    content::CONTENT,
    bulletins::BULLETINS,
    nobody::NOBODY,
];

pub fn inventory() -> impl Iterator<Item = &'static Table> {
    LISTS.into_iter().flatten()
}

// Reasons and periods that several tables share, as the person reads them.
const INTERNAL: &str = "系统内部标记，不反映个人情况";
const SECRET: &str = "安全凭据，为保护账号安全不提供";
const DERIVED: &str = "由同一信息计算得出的检索值，原信息已提供";
const STAFF: &str = "工作人员信息";
const WITH_ACCOUNT: &str = "保存至账号注销";
