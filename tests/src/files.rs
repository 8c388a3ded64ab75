//! Files that people upload, good and bad, and uploading them the short way.

use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::TestResponse;
use crate::fixtures::Person;

const RED: Rgb<u8> = Rgb([200, 20, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 200]);

/// Red on the left, blue on the right.
fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE });
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Jpeg)
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Png)
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::WebP)
}

pub fn gif(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Gif)
}

/// As a telephone writes it: turned by `orientation` (Exif 2.32, tag 0x0112), with a place (a GPS
/// directory at 39° 54' N) and `planted` as the camera's description and as a comment.
pub fn jpeg_of_a_camera(width: u32, height: u32, orientation: u16, planted: &str) -> Vec<u8> {
    let plain = jpeg(width, height);
    let text = [planted.as_bytes(), b"\0"].concat();
    let (text_at, gps_at) = (50_u32, 50 + u32::try_from(text.len()).unwrap());
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let head = [tag.to_le_bytes(), kind.to_le_bytes()].concat();
        [head, count.to_le_bytes().to_vec(), value.to_le_bytes().to_vec()].concat()
    };
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x03\0".to_vec();
    exif.extend(entry(0x010E, 2, text.len().try_into().unwrap(), text_at));
    exif.extend(entry(0x0112, 3, 1, orientation.into()));
    exif.extend(entry(0x8825, 4, 1, gps_at));
    exif.extend([0; 4]);
    exif.extend(&text);
    exif.extend([2, 0]);
    exif.extend(entry(1, 2, 2, u32::from(b'N')));
    exif.extend(entry(2, 5, 3, gps_at + 30));
    exif.extend([0; 4]);
    for number in [39_u32, 1, 54, 1, 0, 1] {
        exif.extend(number.to_le_bytes());
    }
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker][..], &length, content].concat()
    };
    [&plain[..2], &segment(0xE1, &exif), &segment(0xFE, planted.as_bytes()), &plain[2..]].concat()
}

/// A PNG of a few bytes that promises to be as large as it says.
pub fn png_head(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let body = [&kind[..], content].concat();
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[..], &body, &crc32(&body).to_be_bytes()].concat()
    };
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let head = chunk(b"IHDR", &[&size[..], &[8, 6, 0, 0, 0]].concat());
    // An empty deflate stream.
    let data = chunk(b"IDAT", &[0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]);
    [&b"\x89PNG\r\n\x1a\n"[..], &head, &data, &chunk(b"IEND", &[])].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// A document whose catalogue holds `inside`.
pub fn pdf(inside: &str) -> Vec<u8> {
    let text = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog INSIDE >>\nendobj\nstartxref\n9\n%%EOF\n";
    text.replace("INSIDE", inside).into_bytes()
}

impl TestApp {
    /// Asks for a ticket for exactly these bytes; `desk` is `media` or `staff/media`.
    pub async fn ticket(
        &self,
        desk: &str,
        who: &Person,
        (purpose, kind): (&str, &str),
        content: &[u8],
    ) -> TestResponse {
        let input = json!({ "purpose": purpose, "media_type": kind, "size": content.len() });
        self.post(&format!("/api/v1/{desk}/tickets")).bearer(&who.token).json(input).send().await
    }

    /// Sends the bytes of a ticket.
    pub async fn put_file(&self, who: &Person, ticket: &Value, content: &[u8]) -> TestResponse {
        let put = self.put(ticket["upload_url"].as_str().unwrap()).bearer(&who.token);
        put.raw("application/octet-stream", content.to_vec()).send().await
    }

    /// Uploads a piece of evidence that is taken, and returns its id.
    pub async fn evidence(&self, who: &Person, kind: &str, content: &[u8]) -> Value {
        let ticket = self.ticket("media", who, ("complaint_evidence", kind), content).await;
        let file = self.put_file(who, &ticket.expect(201), content).await.expect(200);
        assert_eq!(file["state"], "ready");
        file["id"].clone()
    }

    /// Uploads a picture for an article that is taken, and returns its id.
    pub async fn article_picture(&self, who: &Person, content: &[u8]) -> String {
        let ticket =
            self.ticket("staff/media", who, ("article_image", "image/jpeg"), content).await;
        let file = self.put_file(who, &ticket.expect(201), content).await.expect(200);
        file["id"].as_str().unwrap().to_owned()
    }

    /// How many files lie in this service's folder.
    pub fn stored_files(&self) -> usize {
        fn count(folder: &Path) -> usize {
            std::fs::read_dir(folder).map_or(0, |entries| {
                entries
                    .map(|entry| entry.unwrap().path())
                    .map(|path| if path.is_dir() { count(&path) } else { 1 })
                    .sum()
            })
        }
        count(Path::new(&self.app.config.storage.root))
    }
}
