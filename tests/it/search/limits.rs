//! What is no question.

use tests::{backends, raw_http};

use super::{SEARCH, document, page, path, put, titles};

backends! {
    async fn a_search_for_nothing_or_for_too_much_is_refused(app) {
        for query in ["", "  ", "\u{3000}", "，。！？", "&|!:*()", "\"\"", "“”", "\u{200B}"] {
            app.get(&path(query, "")).send().await.invalid("q");
        }
        app.get(SEARCH).send().await.invalid("q");
        for long in ["x".repeat(101), "质".repeat(101), "x".repeat(10_000), "，".repeat(300)] {
            app.get(&path(&long, "")).send().await.invalid("q");
        }
        // Ninety kilobytes of address: no client of ours would send it, and the server says so in its log.
        app.expect_errors();
        let huge = format!("GET {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", path(&"质".repeat(10_000), ""));
        let refused = raw_http(app.address, huge.as_bytes()).await;
        assert!(refused.starts_with("HTTP/1.1 4"), "{refused}");
        app.get(&format!("{SEARCH}?q=%ff")).send().await.invalid("q");
    }

    async fn a_hundred_characters_are_searched(app) {
        let text: String = "质量安全".repeat(25);
        put(app, [document(1, "甲", &[], &text)]).await;
        assert_eq!(titles(app, &text, "").await, ["甲"]);
        assert_eq!(titles(app, &format!("  {text}  "), "").await, ["甲"]);
        let different: String = ('\u{4E00}'..).take(100).collect();
        assert!(titles(app, &different, "").await.is_empty());
        let letters: String = ('a'..='z').cycle().take(99).flat_map(|c| [c, ' ']).take(100).collect();
        assert!(titles(app, &letters, "").await.is_empty());
        let swelling = "\u{FDFA}".repeat(100);
        assert!(titles(app, &swelling, "").await.is_empty());
    }

    async fn a_wrong_filter_is_refused(app) {
        let get = |more: &str| app.get(&path("质量", more)).send();
        for (more, field) in [
            ("&category=%3Cb%3E", "category"),
            ("&class=%27", "class"),
            ("&audience=a,b", "audience"),
            ("&audience=%25", "audience"),
            ("&limit=0", "limit"),
            ("&limit=101", "limit"),
            ("&sort=best", "sort"),
        ] {
            get(more).await.invalid(field);
        }
        for more in ["&kind=book", "&since=2026-02-31", "&since=yesterday"] {
            get(more).await.problem(422, "validation_failed");
        }
        for region in ["1", "11%25", "abc", "110_", "1101080019"] {
            get(&format!("&region={region}")).await.problem(422, "unknown_region");
        }
        for cursor in ["x", "a", "aAAAA", "d", "%E8%B4%A8", &"A".repeat(300)] {
            get(&format!("&cursor={cursor}")).await.problem(422, "invalid_cursor");
        }
    }

    async fn a_text_is_found_by_its_beginning_however_long_it_is(app) {
        let long = format!("开头{}结尾", "某些文字。".repeat(20_000));
        let codes: String = (0..90_000).map(|n| if n % 2 == 0 { 'a' } else { '7' }).collect();
        put(app, [
            document(1, "长", &["签".repeat(300).as_str()], &long),
            document(2, &"\u{FDFA}".repeat(120), &[], &codes),
            document(3, "空", &[], ""),
        ])
        .await;
        assert_eq!(titles(app, "开头", "").await, ["长"]);
        assert!(titles(app, "结尾", "").await.is_empty());
        assert_eq!(page(app, "a7", "").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(titles(app, "空", "").await, ["空"]);
    }
}
