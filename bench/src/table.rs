//! Tables for a terminal.

use crate::rounds::Spread;

#[derive(Debug)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    pub fn new(columns: &[&str]) -> Self {
        Self(vec![columns.iter().map(|&name| name.to_owned()).collect()])
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    /// The first column to the left, the others to the right.
    pub fn print(&self, title: &str) {
        println!("\n{title}");
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.0 {
            let mut line = String::from(" ");
            for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
                if index == 0 {
                    line.push_str(&format!(" {cell}{gap}"));
                } else {
                    line.push_str(&format!("  {gap}{cell}"));
                }
            }
            println!("{line}");
        }
    }
}

/// `min median max`.
pub fn spread(value: Spread) -> String {
    format!("{:.2} {:.2} {:.2}", value.min, value.median, value.max)
}

/// What a goal says and whether a figure reaches it.
pub fn at_most(goal: f64, unit: &str, value: f64) -> String {
    let verdict = if value <= goal { "reached" } else { "MISSED" };
    format!("≤ {goal} {unit} {verdict}")
}
