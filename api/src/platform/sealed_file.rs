//! A file of our own making that lies in the storage in parts, each encrypted for its place: none can
//! be exchanged, repeated or moved. How many there are stands in the row that names the file.

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use super::http::AppResult;
use crate::app::App;

#[derive(Clone, Debug)]
pub struct SealedFile {
    /// Ends with `/`.
    folder: String,
    /// Tells this file from every other one.
    purpose: String,
}

impl SealedFile {
    #[must_use]
    pub fn new(folder: String, purpose: String) -> Self {
        Self { folder, purpose }
    }

    fn place(&self, number: i32) -> (String, String) {
        (format!("{}{number}", self.folder), format!("{}:{number}", self.purpose))
    }

    /// Writes a part, in the place of the one that is there.
    ///
    /// # Errors
    /// `unavailable`
    pub async fn write(&self, app: &App, number: i32, content: &[u8]) -> AppResult<()> {
        let (key, purpose) = self.place(number);
        app.storage.write(&key, app.cipher.seal(&purpose, content)?.into()).await
    }

    /// The parts in clear, one after the other.
    pub fn read(self, app: &App, parts: i32) -> impl Stream<Item = AppResult<Bytes>> + use<> {
        let app = app.clone();
        stream::iter(0..parts).then(move |number| {
            let (app, (key, purpose)) = (app.clone(), self.place(number));
            async move {
                let sealed = app.storage.read(&key).await?;
                Ok(app.cipher.open(&purpose, &sealed)?.into())
            }
        })
    }
}
