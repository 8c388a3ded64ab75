//! Administrative divisions down to street and township, with the data of the statistical code
//! (`data/regions`, package china-division 2.7.0), and 新疆生产建设兵团 as a reporting unit.

use std::collections::HashMap;

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// Levels that exist only to keep the code regular; a reader does not want them in a full name.
const FILLERS: [&str; 5] =
    ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "直辖县级行政区划"];

/// SQLite binds at most 32,766 values in one statement; five columns a row leave ample room.
const ROWS_PER_INSERT: usize = 2_000;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            table("regions")
                .col(text_key("code"))
                .col(text("name"))
                .col(word("level", &["province", "city", "county", "street", "reporting_unit"]))
                .col(text_null("parent_code"))
                .col(text("full_name"))
                .foreign_key(&mut foreign("parent_code", "regions", "code"))
                .take(),
            vec![index("regions", &["parent_code", "code"])],
        )
        .await?;
        for rows in divisions()?.chunks(ROWS_PER_INSERT) {
            let mut insert = Query::insert();
            insert
                .into_table(name("regions"))
                .columns(["code", "name", "level", "parent_code", "full_name"].map(name));
            for row in rows {
                insert.values_panic([
                    row.code.as_str().into(),
                    row.name.as_str().into(),
                    row.level.into(),
                    row.parent_code.clone().into(),
                    row.full_name.as_str().into(),
                ]);
            }
            manager.execute(insert).await?;
        }
        Ok(())
    }
}

struct Division {
    code: String,
    name: String,
    level: &'static str,
    parent_code: Option<String>,
    full_name: String,
}

/// Parents before children.
fn divisions() -> Result<Vec<Division>, DbErr> {
    let files = [
        ("province", include_str!("../data/regions/provinces.csv"), None),
        ("city", include_str!("../data/regions/cities.csv"), Some("provinceCode")),
        ("county", include_str!("../data/regions/areas.csv"), Some("cityCode")),
        ("street", include_str!("../data/regions/streets.csv"), Some("areaCode")),
    ];
    let mut all = Vec::with_capacity(45_000);
    let mut full_names: HashMap<String, String> = HashMap::new();
    for (level, text, parent_column) in files {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for record in reader.deserialize::<HashMap<String, String>>() {
            let mut record = record.map_err(malformed)?;
            let mut take = |column: &str| {
                record
                    .remove(column)
                    .ok_or_else(|| malformed(format!("{level}: no column {column}")))
            };
            let (code, name) = (take("code")?, take("name")?);
            let parent_code = parent_column.map(&mut take).transpose()?;
            let above = parent_code.as_ref().and_then(|code| full_names.get(code));
            let own = if FILLERS.contains(&name.as_str()) { "" } else { name.as_str() };
            let full_name = above.map_or_else(|| own.to_owned(), |above| format!("{above}{own}"));
            full_names.insert(code.clone(), full_name.clone());
            all.push(Division { code, name, level, parent_code, full_name });
        }
    }
    // The corps reports beside the provinces; 66 is its code in departmental statistics and free
    // in the list of divisions.
    all.push(Division {
        code: "66".to_owned(),
        name: "新疆生产建设兵团".to_owned(),
        level: "reporting_unit",
        parent_code: None,
        full_name: "新疆生产建设兵团".to_owned(),
    });
    Ok(all)
}

fn malformed(cause: impl std::fmt::Display) -> DbErr {
    DbErr::Migration(format!("embedded region data: {cause}"))
}
