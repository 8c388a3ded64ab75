//! Writes the copy: a ZIP that grows in a buffer and leaves it in sealed parts, so that neither a
//! long history nor many attachments fill the memory.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike as _, FixedOffset, Timelike as _, Utc};
use entity::account::AccountStatus;
use entity::data_export::{self, ExportStatus};
use entity::notification::NotificationKind;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::record::for_owner;
use crate::app::App;
use crate::features::notifications::service::notify;
use crate::features::personal_data::model::{
    Entry, Export, Manifest, Omission, Table, inventory, readme,
};
use crate::features::personal_data::queries::{self, Finished, Row};
use crate::platform::clock::local_date;
use crate::platform::consent::lock_account;
use crate::platform::db::AuditActor;
use crate::platform::http::{AppError, AppResult};
use crate::platform::sealed_file::SealedFile;

/// Size of a part, as it is sealed and as it is read again.
const PART: usize = 1024 * 1024;
/// Rows that are read and compressed at once, few enough not to hold up others on the thread.
const ROWS: u64 = 50;
const FORMAT_VERSION: u32 = 1;

/// The folder of a copy; random, so that nothing leads from a person to it but the request.
pub(super) fn folder(id: Uuid) -> String {
    format!("exports/{id}/")
}

/// What one run writes.
pub(super) fn file(export_id: Uuid, folder: &str, attempt: i32) -> SealedFile {
    let purpose = format!("data_export.part:{export_id}:{attempt}");
    SealedFile::new(format!("{folder}{attempt}/"), purpose)
}

/// Makes the file of a request. Run twice, the second run finds nothing to do; a request that was
/// erased meanwhile leaves no file.
///
/// # Errors
/// Database or storage cannot be reached.
pub async fn build_export(
    app: &App,
    export_id: Uuid,
    folder_id: Uuid,
    attempt: i32,
) -> AppResult<()> {
    let folder = folder(folder_id);
    let Some(row) = queries::any_export(&app.db, export_id).await? else {
        return app.storage.delete_folder(&folder).await;
    };
    if row.status != ExportStatus::Pending {
        return Ok(());
    }
    let mut package = Package::new(app, &row, attempt);
    package.write_all(&row).await?;
    let (parts, size_bytes) = package.finish().await?;
    let keep = chrono::TimeDelta::seconds(i64::from(app.config.privacy.export_link_secs));
    let mut tx = app.begin(AuditActor::System).await?;
    let expires_at = tx.now() + keep;
    let file = Finished { attempt, parts, size_bytes, expires_at };
    let is_wanted = lock_account(&tx, row.account_id)
        .await?
        .is_some_and(|account| account.status != AccountStatus::Deleted);
    if !is_wanted || !queries::finish_export(&tx, export_id, &file, tx.now()).await? {
        drop(tx);
        return app.storage.delete_folder(&format!("{folder}{attempt}/")).await;
    }
    notify(app, &mut tx, row.account_id, NotificationKind::ExportReady, export_id).await?;
    Ok(tx.commit().await?)
}

/// What the ZIP writer has written and nobody has sealed yet.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// The first `PART` bytes; with `rest`, whatever is left.
    fn take(&self, rest: bool) -> Option<Vec<u8>> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.len() >= PART {
            let tail = buffer.split_off(PART);
            return Some(std::mem::replace(&mut *buffer, tail));
        }
        (rest && !buffer.is_empty()).then(|| std::mem::take(&mut *buffer))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where finished bytes go.
struct Parts<'a> {
    app: &'a App,
    file: SealedFile,
    sink: Sink,
    count: i32,
    size: usize,
}

impl Parts<'_> {
    async fn seal(&mut self, rest: bool) -> AppResult<()> {
        while let Some(part) = self.sink.take(rest) {
            self.file.write(self.app, self.count, &part).await?;
            self.count += 1;
            self.size += part.len();
        }
        Ok(())
    }
}

struct Package<'a> {
    app: &'a App,
    made_at: DateTime<Utc>,
    /// Boxed: it is large, and lives across every read and write.
    zip: Box<ZipWriter<StreamWriter<Sink>>>,
    parts: Parts<'a>,
    /// Of the file that is being written.
    digest: Sha256,
    bytes: u64,
    entries: Vec<Entry>,
}

impl<'a> Package<'a> {
    fn new(app: &'a App, row: &data_export::Model, attempt: i32) -> Self {
        let sink = Sink::default();
        Self {
            app,
            made_at: app.clock.now(),
            zip: Box::new(ZipWriter::new_stream(sink.clone())),
            parts: Parts { app, file: file(row.id, &row.folder, attempt), sink, count: 0, size: 0 },
            digest: Sha256::new(),
            bytes: 0,
            entries: Vec::new(),
        }
    }

    async fn write_all(&mut self, row: &data_export::Model) -> AppResult<()> {
        self.begin("README.txt")?;
        self.write(readme(&local_date(self.made_at).to_string()).as_bytes()).await?;
        self.end("README.txt", "说明", "随副本", None, BTreeMap::new());
        let mut left_out = Vec::new();
        for table in inventory().filter(|table| table.is_personal()) {
            match table.export {
                Export::File { name, about, kept } => {
                    self.write_table(table, name, about, kept, row.account_id).await?;
                }
                Export::Nothing(reason) => left_out.push(Omission { kind: table.name, reason }),
            }
        }
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            export_id: row.id,
            account_id: row.account_id,
            made_at: self.made_at,
            files: std::mem::take(&mut self.entries),
            left_out,
        };
        self.begin("manifest.json")?;
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(AppError::internal)?;
        self.write(&manifest).await
    }

    /// One list of records, page by page, and the files they name.
    async fn write_table(
        &mut self,
        table: &'static Table,
        name: &'static str,
        about: &'static str,
        kept: &'static str,
        subject: Uuid,
    ) -> AppResult<()> {
        let (file_name, mut records) = (format!("{name}.json"), 0_u64);
        let mut files = Vec::new();
        let mut last: Option<Row> = None;
        self.begin(&file_name)?;
        self.write(b"[").await?;
        loop {
            let rows = queries::page(&self.app.db, table, subject, last.as_ref(), ROWS).await?;
            let is_last = (rows.len() as u64) < ROWS;
            for row in &rows {
                let mut text = if records == 0 { b"\n".to_vec() } else { b",\n".to_vec() };
                let record = Json::Object(for_owner(self.app, table, row)?);
                serde_json::to_writer(&mut text, &record).map_err(AppError::internal)?;
                self.write(&text).await?;
                records += 1;
                let attached = table.file.filter(|column| !table.is_hidden(column));
                if let Some(sea_orm::Value::String(Some(key))) =
                    attached.and_then(|column| row.get(column))
                {
                    files.push(key.clone());
                }
            }
            last = rows.into_iter().next_back();
            if is_last {
                break;
            }
        }
        self.write(b"\n]\n").await?;
        let left_out = table.hidden.iter().copied().collect();
        self.end(&file_name, about, kept, Some(records), left_out);
        for key in files {
            let content = self.app.storage.read(&key).await?;
            let name = format!("attachments/{name}/{}", key.rsplit('/').next().unwrap_or(&key));
            self.begin(&name)?;
            for piece in content.chunks(PART) {
                self.write(piece).await?;
            }
            self.end(&name, about, kept, None, BTreeMap::new());
        }
        Ok(())
    }

    fn begin(&mut self, name: &str) -> AppResult<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .last_modified_time(stamp(self.made_at));
        self.zip.start_file(name, options).map_err(AppError::internal)?;
        (self.digest, self.bytes) = (Sha256::new(), 0);
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> AppResult<()> {
        self.zip.write_all(bytes).map_err(AppError::internal)?;
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.parts.seal(false).await
    }

    fn end(
        &mut self,
        name: &str,
        purpose: &'static str,
        retention: &'static str,
        records: Option<u64>,
        left_out: BTreeMap<&'static str, &'static str>,
    ) {
        let sha256 = hex::encode(self.digest.clone().finalize());
        let (name, bytes) = (name.to_owned(), self.bytes);
        let entry = Entry { name, bytes, sha256, purpose, retention, records, left_out };
        self.entries.push(entry);
    }

    /// How many parts, and the size of the file.
    async fn finish(self) -> AppResult<(i32, i64)> {
        let Self { zip, mut parts, .. } = self;
        zip.finish().map_err(AppError::internal)?;
        parts.seal(true).await?;
        Ok((parts.count, i64::try_from(parts.size).map_err(AppError::internal)?))
    }
}

/// A ZIP knows local times only, from 1980 on.
fn stamp(at: DateTime<Utc>) -> zip::DateTime {
    let Some(local) = FixedOffset::east_opt(8 * 3600).map(|zone| at.with_timezone(&zone)) else {
        return zip::DateTime::default();
    };
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    zip::DateTime::from_date_and_time(
        u16::try_from(local.year()).unwrap_or_default(),
        small(local.month()),
        small(local.day()),
        small(local.hour()),
        small(local.minute()),
        small(local.second()),
    )
    .unwrap_or_default()
}
