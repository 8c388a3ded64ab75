//! The text of a page.

/// Elements inside a line: what they part is one word.
const INLINE: [&str; 20] = [
    "a", "abbr", "b", "bdi", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s",
    "small", "span", "strong", "sub", "sup", "u",
];

/// The text of sanitised HTML, a line for each block. Reads what our sanitiser writes: well-formed
/// tags, and of the entities those five that a serialiser needs.
#[must_use]
pub fn text_of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        push_decoded(&mut text, before);
        let (name, after) = skip_tag(tag);
        if !INLINE.contains(&name.as_str()) && !text.ends_with('\n') {
            text.push('\n');
        }
        rest = after;
    }
    push_decoded(&mut text, rest);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// The name of a tag, and what comes after it. A `>` in quotes does not end it.
fn skip_tag(tag: &str) -> (String, &str) {
    let name = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric);
    let name = name.map(|c| c.to_ascii_lowercase()).collect();
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return (name, tag.get(at + 1..).unwrap_or_default()),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    (name, "")
}

fn push_decoded(text: &mut String, mut encoded: &str) {
    const ENTITIES: [(&str, char); 6] = [
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#39;", '\''),
        ("&nbsp;", ' '),
        ("&amp;", '&'),
    ];
    while let Some((before, _)) = encoded.split_once('&') {
        text.push_str(before);
        let rest = encoded.get(before.len()..).unwrap_or_default();
        let known = ENTITIES.iter().find_map(|(entity, c)| Some((rest.strip_prefix(entity)?, *c)));
        let (after, c) = known.unwrap_or((rest.get(1..).unwrap_or_default(), '&'));
        text.push(c);
        encoded = after;
    }
    text.push_str(encoded);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_are_lines_and_inline_elements_part_no_word() {
        let html = "<h1>标题</h1>\n<p>质<strong>量</strong>安全<br>第二行 &lt;b&gt; &amp;amp; 1&nbsp;&gt;</p>\
                    <table><tr><td>甲</td><td>乙</td></tr></table><img alt=\"a > b\" src=\"x\"> 尾";
        assert_eq!(text_of_html(html), "标题\n质量安全\n第二行 <b> &amp; 1 >\n甲\n乙\n尾");
        for (broken, text) in
            [("<", ""), ("a<b", "a"), ("a & b", "a & b"), ("&lt", "&lt"), ("", "")]
        {
            assert_eq!(text_of_html(broken), text, "{broken}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(html in "[<>&;\"'/a-c量 ]{0,60}\\PC{0,20}") {
            let _ = text_of_html(&html);
        }
    }
}
