//! Articles that a resident wants to find again.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use tests::{backends, wide_pool};
use uuid::Uuid;

use super::{FAVOURITES, draft, favour, take_back};

backends! {
    async fn a_favourite_is_there_once_and_goes(app) {
        let person = app.resident("xiaoming").await;
        let (first, second) = (app.article("儿童座椅").await, app.article("玩具").await);
        for _ in 0..2 {
            favour(app, &person, first).await.expect(204);
            app.advance(TimeDelta::seconds(1));
        }
        favour(app, &person, second).await.expect(204);
        for limit in [1, 10] {
            let all = app.walk(FAVOURITES, Some(&person), limit).await;
            let ids: Vec<_> = all.iter().map(|item| item["id"].clone()).collect();
            assert_eq!(ids, [json!(second), json!(first)]);
            assert_eq!([&all[1]["article"]["title"], &all[1]["is_available"]], [&json!("儿童座椅"), &json!(true)]);
            assert_eq!(all[1]["created_at"], "2026-11-20T02:00:00Z");
        }
        app.refuses_bad_pages(FAVOURITES, Some(&person)).await;
        let reply = app.get(FAVOURITES).by(&person).send().await;
        assert_eq!(reply.header("cache-control"), "no-store");
        for _ in 0..2 {
            app.delete(&format!("{FAVOURITES}/{first}")).by(&person).send().await.expect(204);
        }
        assert_eq!(app.walk(FAVOURITES, Some(&person), 10).await.len(), 1);
        let stranger = app.resident("xiaohong").await;
        assert!(app.walk(FAVOURITES, Some(&stranger), 10).await.is_empty());
        app.delete(&format!("{FAVOURITES}/{second}")).by(&stranger).send().await.expect(204);
        assert_eq!(app.walk(FAVOURITES, Some(&person), 10).await.len(), 1, "a stranger deletes nothing");
    }

    async fn what_is_not_published_is_no_favourite_and_says_nothing_of_itself(app) {
        let person = app.resident("xiaoming").await;
        let secret = draft(app, "还没有发布的标题").await;
        for id in [secret.to_string(), Uuid::nil().to_string(), "7".to_owned()] {
            app.put(&format!("{FAVOURITES}/{id}")).by(&person).send().await.problem(404, "not_found");
        }
        let article = app.article("会被撤回的标题").await;
        favour(app, &person, article).await.expect(204);
        take_back(app, article).await;
        let id = app.literal(article);
        app.execute(&format!("UPDATE articles SET title = '撤回后改的标题' WHERE id = {id}")).await;
        let listed = app.get(FAVOURITES).by(&person).send().await;
        let item = listed.expect(200)["items"][0].clone();
        assert_eq!([&item["id"], &item["is_available"], &item["article"]], [&json!(article), &json!(false), &json!(null)]);
        assert!(!listed.text().contains("标题"), "{}", listed.text());
        // It is still a favourite, and can be put away.
        favour(app, &person, article).await.expect(204);
        app.delete(&format!("{FAVOURITES}/{article}")).by(&person).send().await.expect(204);
        favour(app, &person, article).await.problem(404, "not_found");
    }

    async fn there_are_so_many_favourites_and_no_more_also_at_once(app, config => {
        wide_pool(config);
        config.readers.favourites_most = 3;
    }) {
        let person = app.resident("xiaoming").await;
        let mut articles = Vec::new();
        for n in 0..8 {
            articles.push(app.article(&format!("文章{n}")).await);
        }
        let replies = join_all(articles.iter().map(|id| favour(app, &person, *id))).await;
        let kept = replies.iter().filter(|reply| reply.status == 204).count();
        assert_eq!(kept, 3);
        let refused = replies.iter().filter(|reply| reply.status != 204);
        refused.for_each(|reply| drop(reply.problem(409, "favourites_full")));
        assert_eq!(app.count("SELECT COUNT(*) FROM article_favourites").await, 3);
    }

    async fn one_article_is_one_favourite_however_often_at_once(app, config => { wide_pool(config); }) {
        let person = app.resident("xiaoming").await;
        let article = app.article("文章").await;
        let replies = join_all((0..20).map(|_| favour(app, &person, article))).await;
        replies.iter().for_each(|reply| drop(reply.expect(204)));
        assert_eq!(app.count("SELECT COUNT(*) FROM article_favourites").await, 1);
    }

    async fn a_list_takes_as_many_statements_whatever_its_length(app) {
        let person = app.resident("xiaoming").await;
        for n in 0..6 {
            favour(app, &person, app.article(&format!("文章{n}")).await).await.expect(204);
        }
        let of = async |limit: u32| {
            let path = format!("{FAVOURITES}?limit={limit}");
            app.statements_of(|| app.get(&path).by(&person)).await
        };
        assert_eq!(of(1).await, of(6).await);
    }
}
