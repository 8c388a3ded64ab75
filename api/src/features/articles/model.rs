//! From Markdown to safe HTML, a summary, and the files that a text refers to.

use pulldown_cmark::{Event, Options, Parser, html};

use entity::article::ArticleStatus;
use uuid::Uuid;

const SUMMARY_CHARS: usize = 120;

/// Renders Markdown and keeps only what cannot do harm: no scripts, no styles, no event handlers,
/// links to http, https, mailto and tel, opened without access to the opener.
#[must_use]
pub fn render(markdown: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut raw = String::with_capacity(markdown.len() * 3 / 2);
    // Chinese has no blanks to break at: a line break in the source is meant.
    let events = Parser::new_ext(markdown, options)
        .map(|event| if event == Event::SoftBreak { Event::HardBreak } else { event });
    html::push_html(&mut raw, events);
    ammonia::Builder::default()
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&raw)
        .to_string()
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
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = text.chars().filter(|c| !c.is_control()).take(SUMMARY_CHARS).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// A draft and a withdrawn article may be published; a published one may be withdrawn.
#[must_use]
pub fn may_become(from: ArticleStatus, to: ArticleStatus) -> bool {
    matches!(
        (from, to),
        (ArticleStatus::Draft | ArticleStatus::Withdrawn, ArticleStatus::Published)
            | (ArticleStatus::Published, ArticleStatus::Withdrawn)
    )
}

/// The uploaded files that a rendered text shows or links to.
#[must_use]
pub fn referenced_files(html: &str) -> Vec<Uuid> {
    let after = html.split("=\"/api/v1/media/files/").skip(1);
    after.filter_map(|rest| Uuid::try_parse(rest.get(..36)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_and_scripts_do_not() {
        let html = render("# 标题\n\n**重要** <script>alert(1)</script>\n\n|a|b|\n|-|-|\n|1|2|\n");
        assert!(html.contains("<h1>标题</h1>") && html.contains("<strong>重要</strong>"));
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
        for attack in attacks {
            let html = render(attack).to_lowercase();
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
