//! What is older than the setting goes from the start of the chain, and nothing else.

use chrono::TimeDelta;
use sanjin::platform::audit::{Damage, verify};
use tests::{Role, TestApp, backends};

use super::{sealed_head, verified};

async fn entries(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'staff.create'").await
}

/// Two entries, a day apart; the first goes when it is older than `days`, the second stays.
async fn removes_after(app: &TestApp, days: i64) {
    app.staff(Role::Editor, "country").await;
    let first = sealed_head(app).await;
    app.advance(TimeDelta::days(1));
    app.staff(Role::Editor, "country").await;
    let second = sealed_head(app).await;
    app.advance(TimeDelta::days(days - 1));
    app.drain_jobs().await;
    assert_eq!(entries(app).await, 2, "on the last day it is there");
    app.advance(TimeDelta::hours(1));
    app.drain_jobs().await;
    assert_eq!(entries(app).await, 1);
    sealed_head(app).await;
    let report = verified(app).await.unwrap();
    assert_eq!(report.start, first, "the anchor of what is gone");
    // The second one and their role, and the entry that tells of the removal.
    assert_eq!((report.entries, report.unsealed), (3, 0));
    let expect = async |anchor| verify(&app.app, Some(anchor)).await.unwrap();
    assert!(expect(&first).await.is_ok() && expect(&second).await.is_ok());
    app.advance(TimeDelta::days(1));
    app.drain_jobs().await;
    assert_eq!(entries(app).await, 0);
    sealed_head(app).await;
    assert!(expect(&second).await.is_ok());
    assert_eq!(expect(&first).await.unwrap_err(), Damage::Outlived { seq: first.seq });
    let told = app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'audit.prune'").await;
    assert_eq!(told, 2);
}

backends! {
    async fn entries_are_kept_190_days_by_default(app) {
        removes_after(app, 190).await;
    }

    async fn entries_are_kept_as_long_as_is_set(app, config => { config.audit.retention_days = 400; }) {
        removes_after(app, 400).await;
    }

    async fn an_old_entry_stays_while_a_younger_one_is_before_it_in_the_chain(app) {
        app.staff(Role::Editor, "country").await;
        sealed_head(app).await;
        // As one that was written long ago and became visible late.
        app.advance(TimeDelta::days(-100));
        app.staff(Role::Editor, "country").await;
        sealed_head(app).await;
        app.advance(TimeDelta::days(195));
        app.drain_jobs().await;
        assert_eq!(entries(app).await, 2);
        app.advance(TimeDelta::days(100));
        app.drain_jobs().await;
        assert_eq!(entries(app).await, 0);
    }

    async fn what_is_damaged_stays_as_evidence(app) {
        app.expect_errors();
        app.leave_jobs();
        app.damage_audit();
        app.staff(Role::Editor, "country").await;
        app.staff(Role::Editor, "country").await;
        sealed_head(app).await;
        let drop = match app.engine() {
            tests::Engine::Sqlite => "DROP TRIGGER audit_entries_update_guard",
            tests::Engine::Postgres => "DROP TRIGGER audit_entries_guard ON audit_entries",
        };
        app.execute(drop).await;
        app.execute("UPDATE audit_entries SET object_kind = 'nothing' WHERE seq = 2").await;
        app.advance(TimeDelta::days(300));
        for _ in 0..4 {
            app.drain_jobs().await;
            app.advance(TimeDelta::minutes(2));
        }
        assert_eq!(entries(app).await, 2);
        let dead = "SELECT COUNT(*) FROM jobs WHERE kind = 'audit.tidy' AND status = 'dead'";
        assert_eq!(app.count(dead).await, 1, "an operator is told");
        assert!(matches!(verified(app).await, Err(Damage::Changed { seq: 2, .. })));
    }
}
