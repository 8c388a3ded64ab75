//! What to look for in an index of tokens, and how each engine is asked for it.

/// Tokens and how they go together. Empty [`All`](Self::All) and [`Any`](Self::Any) are not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needle {
    Token(String),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Needle {
    /// All of several, or the one there is.
    #[must_use]
    pub fn all(mut of: Vec<Self>) -> Self {
        of.dedup();
        if of.len() == 1 { of.remove(0) } else { Self::All(of) }
    }

    /// Any of several, or the one there is.
    #[must_use]
    pub fn any(mut of: Vec<Self>) -> Self {
        of.dedup();
        if of.len() == 1 { of.remove(0) } else { Self::Any(of) }
    }

    /// The same in the title ([`IN_TITLE`](super::IN_TITLE)) or in title and tags
    /// ([`IN_HEAD`](super::IN_HEAD)).
    #[must_use]
    pub fn within(&self, mark: char) -> Self {
        match self {
            Self::Token(token) => Self::Token(format!("{mark}{token}")),
            Self::All(of) => Self::All(of.iter().map(|one| one.within(mark)).collect()),
            Self::Any(of) => Self::Any(of.iter().map(|one| one.within(mark)).collect()),
        }
    }

    /// For PostgreSQL: the text of a `tsquery`. Tokens hold letters, digits and marks alone, so
    /// nothing in them is an operator or ends the quotes.
    #[must_use]
    pub fn to_tsquery(&self) -> String {
        self.write("'", " & ", " | ")
    }

    /// For SQLite: an expression of FTS5.
    #[must_use]
    pub fn to_fts5(&self) -> String {
        self.write("\"", " AND ", " OR ")
    }

    fn write(&self, quote: &str, and: &str, or: &str) -> String {
        let list = |of: &[Self], word| {
            let parts: Vec<String> = of.iter().map(|one| one.write(quote, and, or)).collect();
            format!("({})", parts.join(word))
        };
        match self {
            Self::Token(token) => format!("{quote}{token}{quote}"),
            Self::All(of) => list(of, and),
            Self::Any(of) => list(of, or),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_is_asked_in_its_own_words() {
        let token = |text: &str| Needle::Token(text.to_owned());
        let both = Needle::all(vec![token("质量"), token("质量"), token("量安")]);
        let needle = Needle::any(vec![both, Needle::all(vec![token("3c")])]);
        assert_eq!(needle.to_tsquery(), "(('质量' & '量安') | '3c')");
        assert_eq!(needle.within('§').to_fts5(), "((\"§质量\" AND \"§量安\") OR \"§3c\")");
    }
}
