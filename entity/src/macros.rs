//! The two shapes every entity file shares.

/// A column that holds one of a fixed set of words: text in the database (with a CHECK in the
/// migration), `snake_case` in JSON and in OpenAPI.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            ::sea_orm::EnumIter, ::sea_orm::DeriveActiveEnum,
            ::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_meta])* $variant),+
        }

        impl $name {
            /// The word as it stands in the database and in JSON.
            #[must_use]
            pub fn as_str(self) -> String {
                ::sea_orm::ActiveEnum::to_value(&self)
            }

            /// Every word, in the order they are written.
            pub fn all() -> impl Iterator<Item = Self> {
                <Self as ::sea_orm::Iterable>::iter()
            }
        }
    };
}

/// Lists every table once, so that a schema test can walk them and a new table cannot be forgotten.
macro_rules! all_tables {
    ($($module:ident),+ $(,)?) => {
        /// What the entities say about one table: its name and its columns with their definitions.
        #[derive(Debug)]
        pub struct TableShape {
            pub name: String,
            pub columns: Vec<(String, ::sea_orm::ColumnDef)>,
        }

        /// Every table of the schema, as the entities describe it.
        #[must_use]
        pub fn all_tables() -> Vec<TableShape> {
            use ::sea_orm::{ColumnTrait, EntityName, Iden, Iterable};
            vec![$(TableShape {
                name: $module::Entity.table_name().to_owned(),
                columns: $module::Column::iter().map(|c| (c.to_string(), c.def())).collect(),
            }),+]
        }
    };
}
