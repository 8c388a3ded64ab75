//! Writers and sealers at once, over two replicas.

use futures_util::future::{join, join_all};
use sanjin::platform::audit::{seal, verify};
use sanjin::platform::db::AuditActor;
use serde_json::json;
use tests::{Engine, Role, backends, wide_pool};

use super::{sealed_head, verified};

backends! {
    async fn writers_sealers_and_verifiers_at_once_leave_a_whole_chain(app, config => { wide_pool(config); }) {
        let other = app.replica().await;
        let editor = app.staff(Role::Editor, "country").await;
        let replicas = [app, &other];
        let writers = join_all((0..120).map(|n| {
            let body = json!({ "title": format!("题 {n}"), "body_markdown": "文", "category": "knowledge" });
            replicas[n % 2].post("/api/v1/staff/articles").by(&editor).json(body).send()
        }));
        let sealers = join_all((0..6).map(async |n| {
            let mut sealed = 0;
            for _ in 0..40 {
                sealed += seal(&replicas[n % 2].app).await.unwrap();
                tokio::task::yield_now().await;
            }
            sealed
        }));
        let verifiers = join_all((0..2).map(async |_| {
            for _ in 0..10 {
                verify(&app.app, None).await.unwrap().unwrap();
            }
        }));
        let (written, (sealed, _)) = join(writers, join(sealers, verifiers)).await;
        for reply in &written {
            reply.expect(201);
        }
        let during: u64 = sealed.iter().sum();
        let head = sealed_head(app).await;
        assert_eq!(head.seq, 122);
        assert!(during <= 122);
        let report = verified(app).await.unwrap();
        assert_eq!((report.entries, report.unsealed), (122, 0));
        other.stop().await;
    }

    async fn an_entry_that_commits_after_a_younger_one_is_sealed_after_it(app, config => { wide_pool(config); }) {
        // SQLite has one writer at a time: there nothing commits out of order.
        if app.engine() == Engine::Sqlite {
            return;
        }
        let slow = app.app.begin(AuditActor::System).await.unwrap();
        slow.audit("test.slow", "test", 1, None).await.unwrap();
        app.advance(chrono::TimeDelta::seconds(1));
        let quick = app.app.begin(AuditActor::System).await.unwrap();
        quick.audit("test.quick", "test", 2, None).await.unwrap();
        quick.commit().await.unwrap();
        assert_eq!(sealed_head(app).await.seq, 1);
        slow.commit().await.unwrap();
        assert_eq!(sealed_head(app).await.seq, 2);
        let order = "SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_entries";
        assert_eq!(app.text(order).await.unwrap(), "test.quick test.slow");
        assert!(verified(app).await.is_ok());
    }

    async fn a_sealer_that_is_killed_leaves_nothing_half_sealed(app, config => { wide_pool(config); }) {
        let tx = app.app.begin(AuditActor::System).await.unwrap();
        for n in 0..450 {
            tx.audit("test.many", "test", n, None).await.unwrap();
        }
        tx.commit().await.unwrap();
        for patience in [1, 2, 5, 10, 20, 40, 80] {
            let _cut = tokio::time::timeout(std::time::Duration::from_millis(patience), seal(&app.app)).await;
            assert!(verified(app).await.is_ok());
        }
        assert_eq!(sealed_head(app).await.seq, 450);
        assert_eq!(verified(app).await.unwrap().entries, 450);
    }
}
