//! PDF documents (ISO 32000). They are kept as they came, so metadata such as an author stays. They
//! are refused when they name an action that runs by itself or reaches out: scripts, programs,
//! forms that send, files inside. Names are looked for in the plain text, also in their escaped
//! spelling (`/J#61vaScript`), and in compressed object streams. What cannot be read is refused:
//! encrypted object streams, filters one upon the other. This is no search for viruses.

use std::io::Read as _;

use bytes::Bytes;
use entity::media_file::MediaType;
use flate2::read::ZlibDecoder;

use super::{Examined, Flaw, Rendition};

/// Names that begin an action, or hold what could run.
const ACTIVE: [&[u8]; 13] = [
    b"JavaScript",
    b"Launch",
    b"Rendition",
    b"RichMedia",
    b"SubmitForm",
    b"ImportData",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"GoToE",
    b"GoToR",
    b"XFA",
    b"Movie",
    b"Sound",
];
/// The keyword `stream` occurs this often in one object, in a text or by chance.
const MOST_REPEATS: usize = 16;
/// What all object streams of a document may grow to.
const MOST_INFLATED: u64 = 32 * 1024 * 1024;

pub(super) fn examine(content: Bytes) -> Result<Examined, Flaw> {
    let is_pdf = content.starts_with(b"%PDF-1.") || content.starts_with(b"%PDF-2.");
    if !is_pdf {
        return Err(Flaw::OtherKind);
    }
    // Another file behind the end would be a second face of this one.
    let is_whole = content.trim_ascii_end().ends_with(b"%%EOF") && has(&content, b"startxref");
    if !is_whole {
        return Err(Flaw::Broken);
    }
    if is_active(&content) {
        return Err(Flaw::Active);
    }
    let mut left = MOST_INFLATED;
    let (mut object, mut behind, mut repeats) = (0, 0, 0);
    for at in places(&content, b"stream") {
        // The dictionary of a stream lies between the keyword `obj` and here.
        let between = content.get(behind..at).unwrap_or_default();
        match between.windows(3).rposition(|word| word == b"obj") {
            Some(place) => (object, repeats) = (behind + place, 0),
            None => repeats += 1,
        }
        behind = at;
        // Looked at again and again, a long object would take for ever.
        if repeats > MOST_REPEATS {
            return Err(Flaw::Broken);
        }
        let dictionary = content.get(object..at).unwrap_or_default();
        let body = content.get(at..).unwrap_or_default();
        if let Some(objects) = inflate(dictionary, body, left)? {
            left = left.saturating_sub(u64::try_from(objects.len()).unwrap_or(u64::MAX));
            if is_active(&objects) {
                return Err(Flaw::Active);
            }
        }
    }
    let full = Rendition { size: None, content };
    Ok(Examined { kind: MediaType::Pdf, full, smaller: Vec::new() })
}

/// The objects in a stream, `body` beginning with its keyword; none when it holds something else.
fn inflate(dictionary: &[u8], body: &[u8], left: u64) -> Result<Option<Vec<u8>>, Flaw> {
    let body = body.strip_prefix(b"stream").unwrap_or_default();
    let body = body.strip_prefix(b"\r\n").or_else(|| body.strip_prefix(b"\n"));
    let Some(body) = body.filter(|_| !dictionary.ends_with(b"end")) else { return Ok(None) };
    let dictionary: Vec<Vec<u8>> = names(dictionary).collect();
    let holds = |name: &[u8]| dictionary.iter().any(|known| known == name);
    if !holds(b"ObjStm") || !holds(b"Filter") {
        return Ok(None);
    }
    let filters = dictionary.iter().filter(|name| name.ends_with(b"Decode")).count();
    if filters != 1 || !holds(b"FlateDecode") || holds(b"DecodeParms") {
        return Err(Flaw::Broken);
    }
    let mut objects = Vec::new();
    let read = ZlibDecoder::new(body).take(left + 1).read_to_end(&mut objects);
    match read {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= left) => Ok(Some(objects)),
        _ => Err(Flaw::Broken),
    }
}

fn is_active(text: &[u8]) -> bool {
    if names(text).any(|name| ACTIVE.contains(&name.as_slice())) {
        return true;
    }
    // Where a document opens may be a place in it: a list. Anything else could be an action.
    places(text, b"OpenAction").any(|at| {
        let after = text.get(at + b"OpenAction".len()..).unwrap_or_default();
        !after.trim_ascii_start().starts_with(b"[")
    }) || names(text).filter(|name| name == b"OpenAction").count()
        > places(text, b"OpenAction").count()
}

/// Every name (`/Name`) with its escapes undone.
fn names(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    text.split(|byte| *byte == b'/').skip(1).map(|after| {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\0()<>[]{}%".contains(byte);
        let end = after.iter().position(is_end).unwrap_or(after.len());
        unescaped(after.get(..end).unwrap_or_default())
    })
}

/// `#61` is `a` (ISO 32000-1, section 7.3.5).
fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len().min(64));
    let mut rest = name;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'#');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}

fn has(text: &[u8], word: &[u8]) -> bool {
    places(text, word).next().is_some()
}

fn places(text: &[u8], word: &[u8]) -> impl Iterator<Item = usize> {
    let windows = text.windows(word.len()).enumerate();
    windows.filter(move |(_, window)| *window == word).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn pdf(inside: &[u8]) -> Bytes {
        let head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog ";
        [head, inside, b" >>\nendobj\nstartxref\n9\n%%EOF\n"].concat().into()
    }

    fn deflated(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn stream(dictionary: &str, body: &[u8]) -> Bytes {
        let head = format!(">>\nendobj\n2 0 obj\n<< {dictionary} >>\nstream\r\n");
        pdf(&[head.as_bytes(), body, b"\nendstream\nendobj\n<<"].concat())
    }

    fn flaw(content: Bytes) -> Option<Flaw> {
        examine(content).err()
    }

    #[test]
    fn a_plain_document_is_kept_byte_for_byte() {
        for inside in ["", "/OpenAction [3 0 R /Fit]", "/Type /Action /S /URI", "/Names /Sounds"] {
            let content = pdf(inside.as_bytes());
            let examined = examine(content.clone()).unwrap();
            assert_eq!((examined.kind, examined.full.content), (MediaType::Pdf, content));
        }
    }

    #[test]
    fn whatever_acts_by_itself_is_refused() {
        for inside in [
            "/S /JavaScript /JS (app.alert(1))",
            "/S/JavaScript/JS(x)",
            "/S /J#61vaScript",
            "/S /#4a#61#76aScript",
            "/S /Launch /F (cmd.exe)",
            "/OpenAction << /S /GoTo >>",
            "/OpenAction 5 0 R",
            "/Open#41ction 5 0 R",
            "/OpenAction [3 0 R /Fit] /OpenAction 5 0 R",
            "/AcroForm << /XFA 3 0 R >>",
            "/S /SubmitForm",
            "/Names << /EmbeddedFiles 4 0 R >>",
            "/S /Rendition",
        ] {
            assert_eq!(flaw(pdf(inside.as_bytes())), Some(Flaw::Active), "{inside}");
        }
    }

    #[test]
    fn object_streams_are_looked_into() {
        let harmless = deflated(b"1 0 << /Type /Page >>");
        let script = deflated(b"1 0 << /S /JavaScript /JS (x) >>");
        let flate = "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode";
        assert_eq!(flaw(stream(flate, &harmless)), None);
        assert_eq!(flaw(stream(flate, &script)), Some(Flaw::Active));
        assert_eq!(
            flaw(stream("/Type /Obj#53tm /Filter [/FlateDecode]", &script)),
            Some(Flaw::Active)
        );
        // What is no list of objects is drawn, not done: it may hold any bytes.
        assert_eq!(flaw(stream("/Length 9 /Filter /FlateDecode", &script)), None);
        for unreadable in [
            "/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]",
            "/Type /ObjStm /Filter /LZWDecode",
            "/Type /ObjStm /Filter 7 0 R",
            "/Type /ObjStm /Filter /FlateDecode /DecodeParms << /Predictor 12 >>",
        ] {
            assert_eq!(flaw(stream(unreadable, &harmless)), Some(Flaw::Broken), "{unreadable}");
        }
        assert_eq!(flaw(stream(flate, b"no zlib")), Some(Flaw::Broken));
    }

    #[test]
    fn a_bomb_is_not_blown_up() {
        let bomb = deflated(&vec![b' '; 64 * 1024 * 1024]);
        assert!(bomb.len() < 100_000);
        assert_eq!(flaw(stream("/Type /ObjStm /Filter /FlateDecode", &bomb)), Some(Flaw::Broken));
    }

    #[test]
    fn what_is_no_whole_document_is_refused() {
        let whole = pdf(b"");
        let with_tail = [&whole[..], b"PK\x03\x04 a zip behind it"].concat();
        assert_eq!(flaw(with_tail.into()), Some(Flaw::Broken));
        let half: Bytes = whole.slice(..whole.len() / 2);
        assert_eq!(flaw(half), Some(Flaw::Broken));
        let html: Bytes = [b"<html>", &whole[..]].concat().into();
        assert_eq!(flaw(html), Some(Flaw::OtherKind));
        assert_eq!(flaw(Bytes::from_static(b"%PDF-")), Some(Flaw::OtherKind));
    }
}
