//! The bytes of a sheet as rows of text. Nothing in a file can make it grow beyond its bounds: the parts
//! of a workbook are inflated against a limit before anything reads them, and cells are taken one by one,
//! never as the rectangle that they claim to fill.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};
use encoding_rs::GB18030;
use entity::bulletin_import::SheetFormat;
use zip::ZipArchive;

/// What all parts of a workbook may grow to.
const MOST_INFLATED: u64 = 24 * 1024 * 1024;
/// Files inside a workbook; ours have ten.
const MOST_FILES: usize = 200;
const MOST_ROWS: u32 = 1_001;
const MOST_COLUMNS: u32 = 60;
/// Characters in one cell.
pub(super) const MOST_IN_CELL: usize = 4_000;
/// Bytes of text in all cells.
const MOST_TEXT: usize = 4 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetFault {
    /// Not what it says it is, or torn.
    Broken,
    TooLarge,
    /// It holds macros.
    Active,
}

/// What stands in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    /// Its result may be other than what one sees.
    Formula,
    /// `#DIV/0!` and its like.
    Fault,
    TooLong,
}

/// Cells by column from 0, under the number of their row from 1. What is empty is absent.
pub(super) type Row = (u32, BTreeMap<u32, Cell>);

/// The rows of a sheet, from the top.
#[derive(Debug, PartialEq, Eq)]
pub struct Rows(pub(super) Vec<Row>);

/// Takes up to a second of a thread.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn read(format: SheetFormat, content: &[u8]) -> Result<Rows, SheetFault> {
    let mut grid = Grid::default();
    match format {
        SheetFormat::Csv => read_csv(content, &mut grid)?,
        SheetFormat::Xlsx => read_xlsx(content, &mut grid)?,
    }
    Ok(Rows(grid.rows.into_iter().collect()))
}

#[derive(Default)]
struct Grid {
    rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
    text: usize,
}

impl Grid {
    /// Both counted from 0.
    fn put(&mut self, row: u32, column: u32, cell: Cell) -> Result<(), SheetFault> {
        let cell = match cell {
            Cell::Text(text) if text.trim().is_empty() => return Ok(()),
            Cell::Text(text) if text.chars().count() > MOST_IN_CELL => Cell::TooLong,
            other => other,
        };
        if let Cell::Text(text) = &cell {
            self.text += text.len();
        }
        if row >= MOST_ROWS || column >= MOST_COLUMNS || self.text > MOST_TEXT {
            return Err(SheetFault::TooLarge);
        }
        self.rows.entry(row + 1).or_default().insert(column, cell);
        Ok(())
    }
}

fn read_csv(content: &[u8], grid: &mut Grid) -> Result<(), SheetFault> {
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    let text = str::from_utf8(content).ok().map(Cow::Borrowed).or_else(|| {
        // As a Chinese spreadsheet program saves it.
        GB18030.decode_without_bom_handling_and_without_replacement(content)
    });
    let text = text.ok_or(SheetFault::Broken)?;
    let content = text.as_bytes();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
    for record in reader.records() {
        let record = record.map_err(|_torn| SheetFault::Broken)?;
        let row = line_of(&record, content).ok_or(SheetFault::TooLarge)?;
        for (column, text) in (0..).zip(&record) {
            grid.put(row, column, Cell::Text(text.to_owned()))?;
        }
    }
    Ok(())
}

/// The line where a record begins, from 0: its row, unless a cell above it has several lines. The
/// reader's own position is that of the empty lines before it.
fn line_of(record: &csv::StringRecord, content: &[u8]) -> Option<u32> {
    let position = record.position()?;
    let rest = content.get(usize::try_from(position.byte()).ok()?..)?;
    let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    let empty = rest.iter().take_while(is_end).filter(|byte| **byte == b'\n').count();
    u32::try_from(position.line().checked_sub(1)?).ok()?.checked_add(u32::try_from(empty).ok()?)
}

fn read_xlsx(content: &[u8], grid: &mut Grid) -> Result<(), SheetFault> {
    look_inside(content)?;
    let broken = |_cause| SheetFault::Broken;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content)).map_err(broken)?;
    let name = book.sheet_names().into_iter().next().ok_or(SheetFault::Broken)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(broken)? {
        let (row, column) = cell.pos;
        let cell = if cell.formula.is_some() { Some(Cell::Formula) } else { shown(&cell.value) };
        if let Some(cell) = cell {
            grid.put(row, column, cell)?;
        }
    }
    Ok(())
}

/// Inflates every part once, into nothing.
fn look_inside(content: &[u8]) -> Result<(), SheetFault> {
    let broken = |_cause| SheetFault::Broken;
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(broken)?;
    if archive.len() > MOST_FILES {
        return Err(SheetFault::TooLarge);
    }
    let mut left = MOST_INFLATED;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.to_ascii_lowercase();
        if name.ends_with("vbaproject.bin") || name.contains("/macrosheets/") {
            return Err(SheetFault::Active);
        }
        let mut head = Vec::new();
        let mut inflated = part.by_ref().take(left + 1);
        let grown = if name == "[content_types].xml" {
            std::io::copy(&mut inflated, &mut head)
        } else {
            std::io::copy(&mut inflated, &mut std::io::sink())
        };
        let grown = grown.map_err(|_torn| SheetFault::Broken)?;
        left = left.checked_sub(grown).ok_or(SheetFault::TooLarge)?;
        if head.windows(12).any(|word| word.eq_ignore_ascii_case(b"macroEnabled")) {
            return Err(SheetFault::Active);
        }
    }
    Ok(())
}

/// What one sees in a cell.
fn shown(value: &DataRef<'_>) -> Option<Cell> {
    Some(Cell::Text(match value {
        DataRef::Empty => return None,
        DataRef::Error(_) => return Some(Cell::Fault),
        DataRef::Int(number) => number.to_string(),
        // A barcode that Excel took for a number.
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            if text.len() > MOST_IN_CELL * 4 {
                return Some(Cell::TooLong);
            }
            text.clone()
        }
        DataRef::SharedString(text) => {
            if text.len() > MOST_IN_CELL * 4 {
                return Some(Cell::TooLong);
            }
            (*text).to_owned()
        }
        DataRef::Bool(is_so) => is_so.to_string(),
        DataRef::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn a_csv_is_read_with_its_rows_numbered() {
        let rows =
            read(SheetFormat::Csv, "\u{feff}甲,乙\n\n=1+1,\"a\nb\"\n,\n".as_bytes()).unwrap();
        assert_eq!(
            rows.0,
            [
                (1, BTreeMap::from([(0, text("甲")), (1, text("乙"))])),
                (3, BTreeMap::from([(0, text("=1+1")), (1, text("a\nb"))])),
            ]
        );
        let rows = read(SheetFormat::Csv, b"\xB1\xEA\xCC\xE2,7\r\n").unwrap();
        assert_eq!(rows.0, [(1, BTreeMap::from([(0, text("标题")), (1, text("7"))]))]);
        assert_eq!(read(SheetFormat::Csv, b"\xB1\xEA\xFF"), Err(SheetFault::Broken));
    }

    #[test]
    fn a_sheet_beyond_its_bounds_is_refused() {
        let tall = "x\n".repeat(2_000);
        let wide = "x,".repeat(200);
        let full = format!("{}\n", "字".repeat(3_000)).repeat(600);
        for sheet in [tall, wide, full] {
            assert_eq!(read(SheetFormat::Csv, sheet.as_bytes()), Err(SheetFault::TooLarge));
        }
        let long = "字".repeat(MOST_IN_CELL + 1);
        let rows = read(SheetFormat::Csv, long.as_bytes()).unwrap();
        assert_eq!(rows.0, [(1, BTreeMap::from([(0, Cell::TooLong)]))]);
    }

    proptest! {
        #[test]
        fn no_bytes_bring_the_reader_down(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(SheetFormat::Csv, &bytes);
            let _ = read(SheetFormat::Xlsx, &bytes);
            bytes.splice(0..0, *b"PK\x03\x04");
            let _ = read(SheetFormat::Xlsx, &bytes);
        }
    }
}
