//! `sanjin serve` and `sanjin worker`: start, and stop without losing anything.

use std::time::Duration;

use super::CliResult;
use crate::app::App;
use crate::features;
use crate::features::sandbox::{DEMO_PASSWORD, DEMO_STAFF, holds_demo_content, seed_demo_content};
use crate::platform::db;
use crate::platform::jobs::Worker;
use crate::platform::lifecycle::asked_to_stop;
use crate::server;

pub(super) async fn serve(app: App, with_worker: bool) -> CliResult {
    prepare(&app).await?;
    let (server, address) = server::start(&app)?;
    let handle = server.handle();
    let jobs = with_worker.then(|| start_worker(&app));
    tell(&app, &format!("http://{address}"));
    tracing::info!(%address, with_worker, "serving");
    let stopping = async {
        asked_to_stop().await?;
        // First the load balancer learns, then connections end, then jobs, then the pool.
        app.lifecycle.drain();
        tokio::time::sleep(Duration::from_secs(app.config.http.drain_secs)).await;
        handle.stop(true).await;
        std::io::Result::Ok(())
    };
    let (served, stopped) = tokio::join!(server, stopping);
    app.lifecycle.stop();
    if let Some(jobs) = jobs {
        jobs.await?;
    }
    app.db.close().await?;
    served?;
    stopped?;
    tracing::info!("stopped");
    Ok(())
}

pub(super) async fn work(app: App) -> CliResult {
    prepare(&app).await?;
    let jobs = start_worker(&app);
    tracing::info!("working");
    asked_to_stop().await?;
    app.lifecycle.stop();
    jobs.await?;
    app.db.close().await?;
    tracing::info!("stopped");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "both callers await it before they return")]
fn start_worker(app: &App) -> tokio::task::JoinHandle<()> {
    let worker = Worker::new(app.clone(), features::jobs());
    let stop = app.lifecycle.stop_token();
    tokio::spawn(async move { worker.run(stop).await })
}

async fn prepare(app: &App) -> CliResult {
    if app.config.database.migrate_on_start {
        db::migrate(&app.db).await?;
    } else if !db::is_migrated(&app.db).await? {
        return Err("the schema is not up to date: run `sanjin migrate`".into());
    }
    if app.config.is_sandbox() {
        if app.config.sandbox.demo {
            seed_demo_content(app).await.map_err(|error| format!("demo content: {error:?}"))?;
        }
    } else if holds_demo_content(&app.db).await.map_err(|error| format!("{error:?}"))? {
        return Err("this database holds demo content and staff with a public password; \
                    production refuses it"
            .into());
    }
    Ok(())
}

/// Where to look, for whoever started it by hand.
fn tell(app: &App, url: &str) {
    if !app.config.is_sandbox() {
        return;
    }
    println!("\n三进 Sanjin is running in the sandbox: {url}");
    println!("  API documents   {url}/docs/");
    println!("  articles        {url}/api/v1/articles");
    println!("  health          {url}/readyz    {url}/metrics");
    if app.simulator.is_some() {
        println!(
            "  WeChat log-in   curl -d '{{\"user\":\"xiaoming\"}}' -H 'Content-Type: application/json' {url}/sandbox/wechat/codes"
        );
    }
    if app.config.sandbox.demo {
        let names: Vec<_> = DEMO_STAFF.iter().map(|(name, ..)| *name).collect();
        println!("  staff           {}  (password {DEMO_PASSWORD})", names.join(", "));
    }
    println!("  stop            Ctrl-C\n");
}
