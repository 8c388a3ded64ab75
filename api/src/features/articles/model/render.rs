//! From Markdown or HTML to safe HTML, its text and table of contents, a summary, and the files that a
//! text refers to.

use std::collections::HashMap;

use entity::article::BodyFormat;
use pulldown_cmark::{Event, Options, Parser, html};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::html::{Size, TocEntry, enrich, own_file};

const SUMMARY_CHARS: usize = 120;
/// How much somebody reads in a minute: characters of Chinese, words of other languages.
const CHINESE_PER_MINUTE: usize = 400;
const WORDS_PER_MINUTE: usize = 200;

/// What is made of a text when it is saved.
#[derive(Debug, Default)]
pub struct Rendered {
    pub html: String,
    pub text: String,
    pub minutes: i32,
    pub toc: Vec<TocEntry>,
    /// Pictures in the text that lack an alternative text: their place and address.
    pub undescribed: Vec<(usize, String)>,
    pub media: Vec<ShownMedia>,
    pub cover_size: Option<Size>,
}

/// A file beside the text, with all that a page needs to leave room for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownMedia {
    pub media_id: Uuid,
    pub alt: String,
    pub media_type: String,
    pub width: Option<i32>,
    pub height: Option<i32>,
}

impl ShownMedia {
    #[must_use]
    pub fn is_document(&self) -> bool {
        self.media_type == "application/pdf"
    }
}

/// Renders a body and keeps only what cannot do harm: no scripts, no styles, no event handlers,
/// links to http, https, mailto and tel, opened without access to the opener.
#[must_use]
pub fn render(format: BodyFormat, body: &str, sizes: &HashMap<Uuid, Size>) -> Rendered {
    let clean = sanitised(format, body);
    let enriched = enrich(&clean, sizes);
    Rendered {
        minutes: reading_minutes(&enriched.text),
        html: enriched.html,
        text: enriched.text,
        toc: enriched.toc,
        undescribed: enriched.undescribed,
        media: Vec::new(),
        cover_size: None,
    }
}

fn sanitised(format: BodyFormat, body: &str) -> String {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        // We say how large a picture is.
        .rm_tag_attributes("img", ["width", "height", "align"]);
    if format == BodyFormat::Html {
        return cleaner.clean(body).to_string();
    }
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut raw = String::with_capacity(body.len() * 3 / 2);
    // Chinese has no blanks to break at: a line break in the source is meant.
    let events = Parser::new_ext(body, options)
        .map(|event| if event == Event::SoftBreak { Event::HardBreak } else { event });
    html::push_html(&mut raw, events);
    cleaner.clean(&raw).to_string()
}

fn reading_minutes(text: &str) -> i32 {
    let is_chinese = |c: char| matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}');
    let characters = text.chars().filter(|c| is_chinese(*c)).count();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).count();
    let spent = characters * WORDS_PER_MINUTE + words * CHINESE_PER_MINUTE;
    let minutes = spent.div_ceil(CHINESE_PER_MINUTE * WORDS_PER_MINUTE).max(1);
    i32::try_from(minutes).unwrap_or(i32::MAX)
}

/// The beginning of the text without its markup, cut at a character.
#[must_use]
pub fn summarise(markdown: &str) -> String {
    let mut text = String::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => text.push(' '),
            _ => {}
        }
    }
    summarise_text(&text)
}

/// The beginning of a text, on one line.
#[must_use]
pub fn summarise_text(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = text.chars().filter(|c| !c.is_control()).take(SUMMARY_CHARS).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// The uploaded files that a rendered text shows or links to.
#[must_use]
pub fn referenced_files(html: &str) -> Vec<Uuid> {
    html.split("=\"").skip(1).filter_map(own_file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(markdown: &str) -> String {
        super::render(BodyFormat::Markdown, markdown, &HashMap::new()).html
    }

    #[test]
    fn markdown_becomes_html_and_scripts_do_not() {
        let html = render("# 标题\n\n**重要** <script>alert(1)</script>\n\n|a|b|\n|-|-|\n|1|2|\n");
        assert!(html.contains("<h1 id=\"s1\">标题</h1>") && html.contains("<strong>重要</strong>"));
        assert!(html.contains("<table>"));
        assert!(!html.contains("script"));
    }

    #[test]
    fn no_attack_of_the_corpus_survives() {
        let attacks = [
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href=\"vbscript:x\">x</a>",
            "<svg onload=alert(1)>",
            "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
            "<iframe src=\"https://e.example\"></iframe>",
            "<style>*{background:url(x)}</style>",
            "<p style=\"position:fixed\">x</p>",
            "<form action=x><input name=y></form>",
            "<scr<script>ipt>alert(1)</script>",
        ];
        let both = |attack| {
            [render(attack), super::render(BodyFormat::Html, attack, &HashMap::new()).html]
        };
        for (attack, html) in
            attacks.into_iter().flat_map(|attack| both(attack).map(|html| (attack, html)))
        {
            let html = html.to_lowercase();
            for harm in [
                "<script",
                "onerror=",
                "onload=",
                " href=\"javascript",
                "vbscript:",
                " href=\"data:",
                "<iframe",
                "<svg",
                "<style",
                "style=",
                "<form",
                "<input",
            ] {
                assert!(!html.contains(harm), "{attack} left {harm} in {html}");
            }
        }
    }

    #[test]
    fn reading_takes_a_minute_for_four_hundred_characters() {
        assert_eq!(reading_minutes(""), 1);
        assert_eq!(reading_minutes(&"质".repeat(400)), 1);
        assert_eq!(reading_minutes(&"质".repeat(401)), 2);
        assert_eq!(reading_minutes(&"word ".repeat(401)), 3);
        assert_eq!(reading_minutes(&format!("{}{}", "质".repeat(200), " a".repeat(100))), 1);
    }

    #[test]
    fn sizes_of_the_writer_are_not_believed() {
        let html = "<img src=\"https://e.example/a\" alt=\"x\" width=\"9\" id=\"s1\">";
        let clean = super::render(BodyFormat::Html, html, &HashMap::new()).html;
        assert_eq!(clean, "<img src=\"https://e.example/a\" alt=\"x\">");
    }

    #[test]
    fn a_summary_is_text_cut_at_a_character() {
        assert_eq!(summarise("# 一\n\n二 **三** [四](https://x.example)"), "一 二 三 四");
        let long = summarise(&"质".repeat(500));
        assert_eq!(long.chars().count(), SUMMARY_CHARS + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn files_are_found_however_they_are_referred_to() {
        let id = Uuid::from_u128(7);
        for text in ["![x](URL)", "[x](URL)", "<img src='URL?width=320'>", "[x]\n\n[x]: URL"] {
            let text = text.replace("URL", &format!("/api/v1/media/files/{id}"));
            assert_eq!(referenced_files(&render(&text)), [id], "{text}");
        }
        for text in ["", "![x](/api/v1/media/files/7)", "![x](https://e.example/a.png)"] {
            assert!(referenced_files(&render(text)).is_empty(), "{text}");
        }
    }
}
