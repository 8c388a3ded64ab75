//! A workbook that is written while its rows are read, on a thread of its own: rows go in by the page,
//! the file comes out in parts, and neither is ever whole in memory.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::features::desk::model::{Cell, looks_like_formula};
use crate::platform::clock::local_time;

/// Size of a part of the file.
const PART: usize = 1024 * 1024;
/// Excel's limit is 1,048,576 rows a sheet, with the head.
const SHEET_ROWS: u32 = 1_000_000;
const TIME: &str = "yyyy-mm-dd hh:mm";

/// One page of rows.
pub(super) type Rows = Vec<Vec<Cell>>;

/// Where rows go in, and where the file comes out once the first is dropped.
pub(super) struct Sheet {
    pub rows: Sender<Rows>,
    pub parts: Receiver<Vec<u8>>,
    pub work: tokio::task::JoinHandle<Result<(), XlsxError>>,
}

impl Sheet {
    pub fn begin(head: &'static [&'static str], made_at: DateTime<Utc>) -> Self {
        let (rows, incoming) = mpsc::channel(2);
        let (outgoing, parts) = mpsc::channel(2);
        #[expect(
            clippy::disallowed_methods,
            reason = "one for each job that writes a sheet, which awaits it; the worker bounds the jobs"
        )]
        let work = tokio::task::spawn_blocking(move || write(head, made_at, incoming, outgoing));
        Self { rows, parts, work }
    }
}

fn write(
    head: &[&str],
    made_at: DateTime<Utc>,
    mut incoming: Receiver<Rows>,
    outgoing: Sender<Vec<u8>>,
) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&made_at));
    let formats = Formats::default();
    let mut sheet = begin_sheet(&mut book, head)?;
    let mut row = 0;
    while let Some(page) = incoming.blocking_recv() {
        for cells in page {
            row += 1;
            if row > SHEET_ROWS {
                sheet = begin_sheet(&mut book, head)?;
                row = 1;
            }
            for (column, cell) in (0..).zip(&cells) {
                formats.put(sheet, row, column, cell)?;
            }
        }
    }
    let mut parts = Parts { buffer: Vec::with_capacity(PART), outgoing };
    book.save_to_writer(&mut parts)?;
    parts.send()?;
    Ok(())
}

fn begin_sheet<'a>(book: &'a mut Workbook, head: &[&str]) -> Result<&'a mut Worksheet, XlsxError> {
    let sheet = book.add_worksheet_with_constant_memory()?;
    let bold = Format::new().set_bold();
    for (column, title) in (0..).zip(head) {
        sheet.write_string_with_format(0, column, *title, &bold)?;
    }
    Ok(sheet)
}

struct Formats {
    time: Format,
    quoted: Format,
}

impl Default for Formats {
    fn default() -> Self {
        Self {
            time: Format::new().set_num_format(TIME),
            // As if somebody had typed an apostrophe before it.
            quoted: Format::new().set_quote_prefix(),
        }
    }
}

impl Formats {
    /// Text is text, whatever it begins with: it is stored as a string and marked as one, so that it
    /// stays one when the sheet is edited.
    fn put(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        cell: &Cell,
    ) -> Result<(), XlsxError> {
        match cell {
            Cell::Text(text) if looks_like_formula(text) => {
                sheet.write_string_with_format(row, column, text, &self.quoted)?;
            }
            Cell::Text(text) => {
                sheet.write_string(row, column, text)?;
            }
            Cell::Number(number) => {
                sheet.write_number(row, column, *number)?;
            }
            Cell::Time(Some(at)) => {
                sheet.write_datetime_with_format(row, column, local_time(*at), &self.time)?;
            }
            Cell::Time(None) => {}
        }
        Ok(())
    }
}

/// Cuts what is written into parts and hands them over.
struct Parts {
    buffer: Vec<u8>,
    outgoing: Sender<Vec<u8>>,
}

impl Parts {
    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.buffer, Vec::with_capacity(PART));
        // Whoever waited for the file is gone.
        self.outgoing.blocking_send(part).map_err(|_gone| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PART {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
