//! What residents follow, and that they are told: once each, and of every change afterwards.

use chrono::TimeDelta;
use entity::follow::{self, FollowKind};
use sanjin::platform::db::AuditActor;
use sea_orm::{EntityTrait as _, Set};
use serde_json::{Value, json};
use tests::{Person, TestApp, backends, bulletin_body, with};

use super::{id, note};

async fn follow(app: &TestApp, who: &Person, kind: &str, value: &str) -> Value {
    let body = json!({ "kind": kind, "value": value });
    app.post("/api/v1/me/follows").by(who).json(body).send().await.expect(201)
}

/// Many who follow the class of the usual recall, and every second its brand too.
pub async fn crowd(app: &TestApp, count: usize) -> Vec<Person> {
    let people = app.residents(count).await;
    let tx = app.app.begin(AuditActor::System).await.unwrap();
    for (n, person) in people.iter().enumerate() {
        let both =
            [(FollowKind::ProductClass, "maternal_elderly_disabled"), (FollowKind::Brand, "好孩")];
        for (kind, key) in both.into_iter().take(1 + n % 2) {
            let row = follow::ActiveModel {
                id: Set(tx.new_id()),
                account_id: Set(person.id),
                kind: Set(kind),
                value_key: Set(key.to_owned()),
                value: Set(key.to_owned()),
                created_at: Set(tx.now()),
            };
            follow::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    people
}

/// Notices of a kind, and to how many people.
pub async fn told(app: &TestApp, kind: &str) -> (i64, i64) {
    let count = async |what: &str| {
        app.count(&format!("SELECT COUNT({what}) FROM notifications WHERE kind = '{kind}'")).await
    };
    (count("*").await, count("DISTINCT account_id").await)
}

async fn inbox(app: &TestApp, who: &Person) -> Vec<String> {
    let notices = app.walk("/api/v1/notifications", Some(who), 10).await;
    notices.iter().rev().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

backends! {
    async fn following_is_ones_own_and_bounded(app) {
        let (person, other) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let first = follow(app, &person, "brand", " 好孩® ").await;
        // Another spelling is the same brand.
        assert_eq!(id(&follow(app, &person, "brand", "好-孩").await), id(&first));
        follow(app, &person, "region", "110108").await;
        let class = follow(app, &person, "product_class", "clothing").await;
        let post = |body: Value| app.post("/api/v1/me/follows").by(&person).json(body).send();
        post(json!({ "kind": "product_class", "value": "toys" })).await.invalid("value");
        post(json!({ "kind": "brand", "value": "***" })).await.invalid("value");
        post(json!({ "kind": "brand", "value": "长".repeat(41) })).await.invalid("value");
        post(json!({ "kind": "region", "value": "99" })).await.problem(422, "unknown_region");
        let path = format!("/api/v1/me/follows/{}", id(&class));
        app.delete(&path).by(&other).send().await.problem(404, "not_found");
        app.delete(&path).by(&person).send().await.expect(204);
        app.delete(&path).by(&person).send().await.problem(404, "not_found");
        assert_eq!(app.walk("/api/v1/me/follows", Some(&person), 1).await.len(), 2);
        for n in 2..50 {
            follow(app, &person, "brand", &format!("品牌{n}")).await;
        }
        post(json!({ "kind": "brand", "value": "又一个" })).await.problem(409, "follow_limit_reached");
        app.refuses_bad_pages("/api/v1/me/follows", Some(&person)).await;
        let child = app.child("xiaohua").await;
        follow(app, &child, "product_class", "clothing").await;
    }

    async fn who_follows_is_told_once_and_only_what_matches(app) {
        let names = ["class", "brand", "all", "city", "district", "other", "left"];
        let mut people = Vec::new();
        for name in names {
            people.push(app.resident(name).await);
        }
        let [class, brand, all, city, district, other, left] = people.as_slice() else { panic!() };
        follow(app, class, "product_class", "maternal_elderly_disabled").await;
        follow(app, brand, "brand", "好孩").await;
        follow(app, all, "product_class", "maternal_elderly_disabled").await;
        follow(app, all, "brand", "好孩").await;
        follow(app, all, "region", "110108").await;
        follow(app, city, "region", "1101").await;
        follow(app, district, "region", "110108001").await;
        follow(app, other, "brand", "别的").await;
        follow(app, other, "region", "310101").await;
        let gone = follow(app, left, "brand", "好孩").await;
        app.bulletin(with(&bulletin_body(), "region_code", json!("110108"))).await;
        // Before the queue comes to it.
        app.delete(&format!("/api/v1/me/follows/{}", id(&gone))).by(left).send().await.expect(204);
        app.advance(TimeDelta::seconds(1));
        let late = app.resident("late").await;
        follow(app, &late, "brand", "好孩").await;
        app.drain_jobs().await;
        for (who, is_told) in [(class, true), (brand, true), (all, true), (city, true), (district, true),
            (other, false), (left, false), (&late, false)] {
            assert_eq!(inbox(app, who).await.len(), usize::from(is_told));
        }
        // The whole country is no region of anybody's.
        app.bulletin(bulletin_body()).await;
        app.drain_jobs().await;
        assert_eq!((inbox(app, city).await.len(), inbox(app, &late).await.len()), (1, 1));
        assert_eq!(told(app, "bulletin_published").await, (9, 6));
    }

    async fn a_change_is_told_to_exactly_those_who_were_told(app) {
        let (early, late) = (app.resident("early").await, app.resident("late").await);
        let own = follow(app, &early, "brand", "好孩").await;
        let bulletin = app.bulletin(bulletin_body()).await;
        app.drain_jobs().await;
        app.advance(TimeDelta::seconds(1));
        app.delete(&format!("/api/v1/me/follows/{}", id(&own))).by(&early).send().await.expect(204);
        follow(app, &late, "brand", "好孩").await;
        let correction = json!({ "note": "更正。", "bulletin": bulletin_body() });
        let corrected = app.act_on_bulletin(&bulletin, "correction", correction.clone()).await;
        app.drain_jobs().await;
        app.advance(TimeDelta::seconds(1));
        // Two changes before the queue comes to the first are one message.
        let again = app.act_on_bulletin(&corrected, "correction", correction).await;
        app.act_on_bulletin(&again, "withdrawal", note("撤回。")).await;
        app.drain_jobs().await;
        assert_eq!(inbox(app, &early).await, ["bulletin_published", "bulletin_corrected", "bulletin_withdrawn"]);
        assert!(inbox(app, &late).await.is_empty());
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletin_events WHERE told_at IS NULL OR reached IS NOT NULL").await, 0);
        // What is withdrawn before anybody heard of it is told to nobody.
        let silent = app.bulletin(bulletin_body()).await;
        app.act_on_bulletin(&silent, "withdrawal", note("撤回。")).await;
        app.drain_jobs().await;
        assert!(inbox(app, &late).await.is_empty());
    }

    async fn a_correction_is_news_to_whom_it_concerns_only_now(app) {
        let (before, now, late) = (app.resident("before").await, app.resident("now").await, app.resident("late").await);
        follow(app, &before, "brand", "好孩").await;
        follow(app, &now, "brand", "别的").await;
        let bulletin = app.bulletin(bulletin_body()).await;
        app.drain_jobs().await;
        app.advance(TimeDelta::seconds(1));
        follow(app, &late, "brand", "好孩").await;
        let mut body = bulletin_body();
        let mut second = body["products"][0].clone();
        second["brand"] = json!("别的");
        body["products"].as_array_mut().unwrap().push(second);
        let correction = json!({ "note": "另有一个品牌。", "bulletin": body });
        let corrected = app.act_on_bulletin(&bulletin, "correction", correction.clone()).await;
        app.drain_jobs().await;
        assert_eq!(inbox(app, &before).await, ["bulletin_published", "bulletin_corrected"]);
        assert_eq!(inbox(app, &now).await, ["bulletin_published"]);
        app.advance(TimeDelta::seconds(1));
        app.act_on_bulletin(&corrected, "correction", correction).await;
        app.drain_jobs().await;
        assert_eq!(inbox(app, &now).await, ["bulletin_published", "bulletin_corrected"]);
        assert!(inbox(app, &late).await.is_empty());
    }

    async fn two_accounts_of_one_person_are_told_as_one(app) {
        let (one, two) = (app.resident("one").await, app.resident("two").await);
        for who in [&one, &two] {
            follow(app, who, "brand", "好孩").await;
            follow(app, who, "product_class", "clothing").await;
        }
        follow(app, &two, "brand", "别的").await;
        let bulletin = app.bulletin(bulletin_body()).await;
        app.drain_jobs().await;
        let tx = app.app.begin(AuditActor::System).await.unwrap();
        sanjin::features::follows::service::merge_follows(&tx, two.id, one.id).await.unwrap();
        tx.commit().await.unwrap();
        // What is left moves without a clash, as the rule for both tables says.
        for table in ["follows", "bulletin_notices"] {
            let (from, into) = (app.literal(two.id), app.literal(one.id));
            app.execute(&format!("UPDATE {table} SET account_id = {into} WHERE account_id = {from}")).await;
        }
        assert_eq!(app.walk("/api/v1/me/follows", Some(&one), 5).await.len(), 3);
        app.act_on_bulletin(&bulletin, "withdrawal", note("撤回。")).await;
        app.drain_jobs().await;
        assert_eq!(told(app, "bulletin_withdrawn").await, (1, 1));
    }
}
