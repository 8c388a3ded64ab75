//! XML of pushes, as JSON values (protocol 3.4).
//!
//! Children in any order become members of an object, repeated ones an array, text a string.
//! Document types are refused, so there is nothing to expand.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

/// Real pushes are three levels deep.
const MAX_DEPTH: usize = 16;

/// The text is not the XML of a push: malformed, another root than `xml`, a document type, an
/// unknown entity, or nested too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the XML of a push")]
pub struct MalformedXml;

/// An element being read.
struct Open {
    name: String,
    members: Map<String, Value>,
    text: String,
}

/// Reads the children of the root element `xml`.
pub(super) fn parse(text: &str) -> Result<Map<String, Value>, MalformedXml> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok().ok_or(MalformedXml)? {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let is_second_root = open.is_empty() && (root.is_some() || name != "xml");
                if is_second_root || open.len() == MAX_DEPTH {
                    return Err(MalformedXml);
                }
                open.push(Open { name, members: Map::new(), text: String::new() });
            }
            // The reader itself checks that end tags match.
            Event::End(_) => {
                let element = open.pop().ok_or(MalformedXml)?;
                match open.last_mut() {
                    Some(parent) => parent.add(element),
                    None => root = Some(element.members),
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => append(&mut open, &resolve(&reference)?)?,
            Event::Comment(_) | Event::Decl(_) => {}
            Event::Eof => break,
            Event::DocType(_) | Event::PI(_) | Event::Empty(_) => return Err(MalformedXml),
        }
    }
    root.filter(|_| open.is_empty()).ok_or(MalformedXml)
}

impl Open {
    fn add(&mut self, child: Open) {
        let value = if child.members.is_empty() {
            Value::String(child.text.trim().to_owned())
        } else {
            Value::Object(child.members)
        };
        match self.members.get_mut(&child.name) {
            None => {
                self.members.insert(child.name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
}

/// Outside the root only white space may stand.
fn append(open: &mut [Open], text: &str) -> Result<(), MalformedXml> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(MalformedXml),
    }
    Ok(())
}

/// The character references and the five entities XML itself defines.
fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, MalformedXml> {
    if let Some(character) = reference.resolve_char_ref().ok().ok_or(MalformedXml)? {
        return Ok(Cow::Owned(character.to_string()));
    }
    match reference.as_ref() {
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "amp" => Ok("&".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        _ => Err(MalformedXml),
    }
}

/// `text` as a CDATA section, or several where it holds the end mark. Characters XML cannot hold
/// are dropped.
pub(super) fn cdata(text: &str) -> String {
    let is_allowed = |c: &char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => !other.is_ascii_control(),
    };
    let text: String = text.chars().filter(is_allowed).collect();
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn children_become_members() {
        let text = "<?xml version=\"1.0\"?>\n<xml><A><![CDATA[x]]></A><B>\n 7 </B><C/><!-- c -->\
            <D><E>1</E></D></xml>\n";
        let expected = json!({"A": "x", "B": "7", "C": "", "D": {"E": "1"}});
        assert_eq!(parse(text).map(Value::Object), Ok(expected));
    }

    #[test]
    fn repeated_children_become_an_array() {
        let text = "<xml><L><I>1</I><I>2</I><I>3</I></L></xml>";
        assert_eq!(parse(text).map(Value::Object), Ok(json!({"L": {"I": ["1", "2", "3"]}})));
    }

    #[test]
    fn character_references_and_predefined_entities_are_resolved() {
        let text = "<xml><A>&lt;&amp;&gt;&quot;&apos;&#20320;&#x597d;</A></xml>";
        assert_eq!(parse(text).map(Value::Object), Ok(json!({"A": "<&>\"'你好"})));
    }

    #[test]
    fn document_types_and_their_entities_are_refused() {
        for text in [
            "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><A>&a;</A></xml>",
            "<!DOCTYPE xml SYSTEM \"file:///etc/passwd\"><xml/>",
            "<xml><A>&a;</A></xml>",
        ] {
            assert_eq!(parse(text), Err(MalformedXml), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_xml_element_is_refused() {
        let deep = format!("<xml>{}{}</xml>", "<a>".repeat(20), "</a>".repeat(20));
        for text in [
            "",
            "text",
            "<xml>",
            "<xml></a>",
            "<html/>",
            "<xml/><xml/>",
            "<xml/>x",
            "<a/><xml/>",
            &deep,
        ] {
            assert_eq!(parse(text), Err(MalformedXml), "{text}");
        }
    }

    #[test]
    fn cdata_cannot_be_escaped_from() {
        for hostile in [
            "]]>",
            "a]]></Content><Evil>1</Evil><![CDATA[",
            "]]]]>>",
            "plain",
            "\u{0}x\u{8}\u{ffff}",
        ] {
            let text = format!("<xml><Content>{}</Content></xml>", cdata(hostile));
            let expected = hostile.replace(['\u{0}', '\u{8}', '\u{ffff}'], "");
            assert_eq!(
                parse(&text).map(Value::Object),
                Ok(json!({"Content": expected})),
                "{hostile}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn parse_never_panics(text in ".{0,200}") {
            let _result = parse(&text);
            let _nested = parse(&format!("<xml><A>{text}</A></xml>"));
        }
    }
}
