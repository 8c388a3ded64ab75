//! How the data of a person is described, and the pure rules of what becomes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::config::Privacy;

mod inventory;
mod package;

pub use inventory::inventory;
pub use package::{Entry, Manifest, Omission, readme};

/// What has to be typed to close an account: a tap is too easy, and a fresh log-in in WeChat is
/// silent and proves nothing.
pub const CONFIRMATION: &str = "注销账号";

/// One table of the schema. Every column stands in exactly one of `shown`, `opened` and `hidden`.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub owner: Owner,
    /// Orders the rows and tells them apart.
    pub key: &'static [&'static str],
    pub export: Export,
    /// As they are. Of a table that is not exported: all that were looked at.
    pub shown: &'static [&'static str],
    /// Field-encrypted text, with its purpose.
    pub opened: &'static [(&'static str, &'static str)],
    /// Not for the copy, with the reason that the person reads.
    pub hidden: &'static [(&'static str, &'static str)],
    /// Columns beside the owner's that may hold the id of anybody's account, in rows of others too:
    /// a pseudonym takes its place.
    pub actors: &'static [&'static str],
    /// Holds a key of the storage: goes into the copy as an attachment unless hidden, and is
    /// removed with its row.
    pub file: Option<&'static str>,
    pub erase: Erase,
}

/// How a row comes to belong to a person.
#[derive(Debug)]
pub enum Owner {
    /// To no resident, for this reason.
    Nobody(&'static str),
    /// One of these columns holds the account's id.
    Account(&'static [&'static str]),
    /// The column names a row of that table by its `id`.
    Row { column: &'static str, of: &'static str },
    /// The column holds `resident:<id>`.
    Subject(&'static str),
}

#[derive(Debug)]
pub enum Export {
    /// A file of this name; what the data is for and how long it is kept, as the person reads it.
    File { name: &'static str, about: &'static str, kept: &'static str },
    /// Not in the copy, for a reason that the person reads.
    Nothing(&'static str),
}

#[derive(Debug)]
pub enum Erase {
    /// Really gone.
    Delete,
    /// The row stays as a fact about nobody: these columns become null.
    Anonymise(&'static [&'static str]),
    /// A law makes us keep it: into the vault, for its time.
    Restrict(Restriction),
    /// Shares the fate of the row it belongs to.
    WithParent,
    /// Stays as it is, for this reason.
    Keep(&'static str),
}

/// A duty to keep.
#[derive(Debug)]
pub struct Restriction {
    /// Stands in the certificate and in the record.
    pub law: &'static str,
    /// Days, counted from the instant in `since`.
    pub period: fn(&Privacy) -> u32,
    pub since: &'static str,
    /// Column and words of a row that is still being handled, if it can be.
    pub running: Option<(&'static str, &'static [&'static str])>,
}

impl Table {
    /// What most personal tables share.
    pub const PERSONAL: Self = Self {
        name: "",
        owner: Owner::Account(&["account_id"]),
        key: &["id"],
        export: Export::Nothing(""),
        shown: &[],
        opened: &[],
        hidden: &[],
        actors: &[],
        file: None,
        erase: Erase::Delete,
    };

    /// A table without residents: why, and every column that was looked at.
    pub const fn of_nobody(
        name: &'static str,
        why: &'static str,
        columns: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            owner: Owner::Nobody(why),
            shown: columns,
            erase: Erase::Keep(why),
            ..Self::PERSONAL
        }
    }

    #[must_use]
    pub fn is_personal(&self) -> bool {
        !matches!(self.owner, Owner::Nobody(_))
    }

    /// Every column, each once.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        let named =
            |pairs: &'static [(&'static str, &'static str)]| pairs.iter().map(|pair| pair.0);
        self.shown.iter().copied().chain(named(self.opened)).chain(named(self.hidden))
    }

    #[must_use]
    pub fn purpose(&self, column: &str) -> Option<&'static str> {
        self.opened.iter().find(|(name, _)| *name == column).map(|(_, purpose)| *purpose)
    }

    #[must_use]
    pub fn is_hidden(&self, column: &str) -> bool {
        self.hidden.iter().any(|(name, _)| *name == column)
    }

    /// The columns that hold the id of the account a row belongs to.
    pub fn owner_columns(&self) -> &'static [&'static str] {
        match self.owner {
            Owner::Account(columns) => columns,
            Owner::Nobody(_) | Owner::Row { .. } | Owner::Subject(_) => &[],
        }
    }

    /// The tables whose rows go where a row of this one goes.
    pub fn children(&self) -> impl Iterator<Item = (&'static Self, &'static str)> {
        let name = self.name;
        inventory().filter_map(move |table| match (&table.owner, &table.erase) {
            (Owner::Row { column, of }, Erase::WithParent) if *of == name => Some((table, *column)),
            _ => None,
        })
    }

    fn depth(&self) -> usize {
        match self.owner {
            Owner::Row { of, .. } => 1 + table(of).map_or(0, Self::depth),
            Owner::Nobody(_) | Owner::Account(_) | Owner::Subject(_) => 0,
        }
    }
}

#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    inventory().find(|table| table.name == name)
}

/// The personal tables in the order in which they can be emptied: what belongs to a row before the
/// row. The account itself is left to the end.
#[must_use]
pub fn erase_order() -> Vec<&'static Table> {
    let mut tables: Vec<_> =
        inventory().filter(|table| table.is_personal() && table.name != "accounts").collect();
    tables.sort_by_key(|table| std::cmp::Reverse(table.depth()));
    tables
}

/// What became of an account, in numbers of rows by table: the text of the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    pub deleted: BTreeMap<String, u64>,
    /// Kept by law.
    pub restricted: BTreeMap<String, Restricted>,
    /// Still being handled.
    pub open: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Restricted {
    pub law: String,
    pub records: u64,
}

impl Outcome {
    pub fn count_deleted(&mut self, table: &Table, rows: u64) {
        if rows > 0 {
            *self.deleted.entry(table.name.to_owned()).or_default() += rows;
        }
    }

    pub fn count_restricted(&mut self, table: &Table, restriction: &Restriction, rows: u64) {
        if rows > 0 {
            let entry = self.restricted.entry(table.name.to_owned()).or_default();
            restriction.law.clone_into(&mut entry.law);
            entry.records += rows;
        }
    }

    pub fn set_open(&mut self, table: &Table, rows: u64) {
        if rows > 0 {
            self.open.insert(table.name.to_owned(), rows);
        } else {
            self.open.remove(table.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_inventory_can_be_carried_out() {
        let mut names = HashSet::new();
        for table in inventory() {
            assert!(names.insert(table.name), "{} stands twice", table.name);
            let columns: Vec<_> = table.columns().collect();
            let distinct: HashSet<_> = columns.iter().collect();
            assert_eq!(columns.len(), distinct.len(), "{}: a column stands twice", table.name);
            let mut named = [table.owner_columns(), table.actors].concat();
            match table.owner {
                Owner::Row { column, of } => {
                    named.push(column);
                    assert!(super::table(of).is_some(), "{}: no table {of}", table.name);
                }
                Owner::Subject(column) => named.push(column),
                Owner::Nobody(_) => continue,
                Owner::Account(_) => {}
            }
            named.extend(table.key);
            named.extend(table.file);
            match &table.erase {
                Erase::Anonymise(nulls) => {
                    named.extend(*nulls);
                    // Or it would still belong to the person.
                    let mut owners = table.owner_columns().iter();
                    assert!(owners.all(|owner| nulls.contains(owner)), "{}", table.name);
                }
                Erase::Restrict(restriction) => {
                    named.push(restriction.since);
                    named.extend(restriction.running.map(|(status, _)| status));
                    assert_eq!(table.key, ["id"], "{}", table.name);
                    assert!(table.file.is_none(), "{}: the vault holds no files", table.name);
                }
                Erase::WithParent => {
                    let Owner::Row { of, .. } = table.owner else { panic!("{}", table.name) };
                    let parent = super::table(of).map(|parent| &parent.erase);
                    assert!(matches!(parent, Some(Erase::Restrict(_))), "{}", table.name);
                    assert!(table.file.is_none(), "{}: the vault holds no files", table.name);
                }
                Erase::Delete | Erase::Keep(_) => {}
            }
            for column in named {
                assert!(columns.contains(&column), "{} has no column {column}", table.name);
            }
            if let Export::File { name, about, kept } = table.export {
                assert!(![name, about, kept].contains(&""), "{}", table.name);
            }
        }
    }

    #[test]
    fn what_belongs_to_a_row_is_emptied_before_it() {
        let order: Vec<_> = erase_order().iter().map(|table| table.name).collect();
        let place = |name| order.iter().position(|other| *other == name).unwrap();
        for table in inventory() {
            if let Owner::Row { of, .. } = table.owner {
                assert!(place(table.name) < place(of), "{} after {of}", table.name);
            }
        }
        assert!(!order.contains(&"accounts"));
    }
}
