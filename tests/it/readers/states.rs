//! One's own state of articles, apart from the articles.

use serde_json::{Value, json};
use tests::{Person, TestApp, backends};
use uuid::Uuid;

use super::{draft, favour, read, state, take_back, vote};

async fn states(app: &TestApp, who: &Person, ids: &[Uuid]) -> Value {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let path = format!("/api/v1/me/article-states?ids={}", ids.join(","));
    app.get(&path).by(who).send().await.expect(200)["items"].clone()
}

backends! {
    async fn a_state_is_ones_own_and_never_cached(app) {
        let (person, other) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let article = app.article("甲").await;
        let nothing = json!({
            "id": article, "is_favourite": false, "progress": null, "read_at": null, "vote": null,
        });
        assert_eq!(state(app, &person, article).await.expect(200), nothing);
        favour(app, &person, article).await.expect(204);
        read(app, &person, article, 30).await.expect(204);
        vote(app, &person, article, json!({ "useful": false, "reason": "not_trusted" })).await.expect(204);
        let mine = state(app, &person, article).await;
        assert_eq!(mine.expect(200), json!({
            "id": article, "is_favourite": true, "progress": 30, "read_at": "2026-11-20T02:00:00Z",
            "vote": { "useful": false, "reason": "not_trusted" },
        }));
        assert_eq!(mine.header("cache-control"), "no-store");
        assert_eq!(state(app, &other, article).await.expect(200), nothing);
        for id in [draft(app, "草稿").await, Uuid::nil()] {
            state(app, &person, id).await.problem(404, "not_found");
        }
        take_back(app, article).await;
        state(app, &person, article).await.problem(404, "not_found");
    }

    async fn states_of_a_list_come_in_its_order_without_what_is_not_published(app) {
        let person = app.resident("xiaoming").await;
        let (first, second) = (app.article("甲").await, app.article("乙").await);
        let unpublished = draft(app, "草稿").await;
        favour(app, &person, second).await.expect(204);
        let found = states(app, &person, &[second, unpublished, Uuid::nil(), first, second]).await;
        let seen: Vec<_> =
            found.as_array().unwrap().iter().map(|item| (item["id"].clone(), item["is_favourite"].clone())).collect();
        assert_eq!(seen, [(json!(second), json!(true)), (json!(first), json!(false))]);
        let many: Vec<Uuid> = (0..50).map(Uuid::from_u128).collect();
        assert_eq!(states(app, &person, &many).await, json!([]));
        let long = (0..51).map(|n| Uuid::from_u128(n).to_string()).collect::<Vec<_>>().join(",");
        for ids in [long.as_str(), "", "7", &format!("{first},"), "%E6%96%87"] {
            let path = format!("/api/v1/me/article-states?ids={ids}");
            app.get(&path).by(&person).send().await.invalid("ids");
        }
        app.get("/api/v1/me/article-states").by(&person).send().await.invalid("ids");
    }

    async fn states_of_fifty_articles_are_one_question_to_the_database(app) {
        let person = app.resident("xiaoming").await;
        let article = app.article("甲").await;
        let statements = async |ids: Vec<Uuid>| {
            let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
            let path = format!("/api/v1/me/article-states?ids={}", ids.join(","));
            app.statements_of(|| app.get(&path).by(&person)).await
        };
        assert_eq!(statements(vec![article]).await, 1);
        assert_eq!(statements((0..50).map(Uuid::from_u128).collect()).await, 1);
    }
}
